"""Stages about the documents: their blocks run, their generated parts are fresh, the picture too."""

import contextlib
import difflib
import re
import shutil
import subprocess

import builds
from context import CHECK, ROOT, Failure
from doc_blocks import blocks_of, matches, whole_program
from junit import FAILED, Case
from proofs import PYTHON, verdict


@contextlib.contextmanager
def virtual_pico(build, environment):
    """One that listens where everything looks by default."""
    server = subprocess.Popen([str(build / "bin/picoctl"), "virtual"], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        server.stdout.readline()  # it says where it listens as soon as it does
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)
        server.stdout.close()


def command_of(context, block, folder, build):
    """How to run a block; writes what that needs into `folder`."""
    stem = f"line{block.line}"
    if block.language == "sh":
        return ["bash", "-euo", "pipefail", "-c", block.text]
    if block.language == "python":
        script = folder / f"{stem}.py"
        script.write_text(block.text)
        return [str(build / "bin/picoctl"), "run", "--", PYTHON, str(script)]
    source = folder / f"{stem}.cpp"
    source.write_text(whole_program(block.text))
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(block CXX)\nfind_package(picoctl REQUIRED)\n"
        f"add_executable({stem} {source.name})\n"
        f"target_link_libraries({stem} picoctl::controller)\n")
    context.must("cmake", "-S", folder, "-B", folder / stem, "-G", "Ninja",
                 f"-DCMAKE_PREFIX_PATH={CHECK / 'prefix'}")
    context.must("ninja", "-C", folder / stem)
    return [str(folder / stem / stem)]


def package(context, blocks):
    """Where `import picoctl` finds it, if a block does that."""
    wanted = any(re.search(r"^import picoctl", block.text, re.M) for block in blocks)
    return builds.build(context, "gcc") / "python" if wanted else ""


def run_blocks(context, file, build):
    name = file.relative_to(ROOT).as_posix()
    blocks = blocks_of(file.read_text(), name)
    if not blocks:
        return []
    if any(block.language == "cpp" for block in blocks):
        context.once("install", lambda: builds.install(context))
    folder = context.scratch / "docs" / name.replace("/", "-")
    folder.mkdir(parents=True)
    for entry in ROOT.iterdir():
        if entry.name not in ("build", ".git"):
            (folder / entry.name).symlink_to(entry)
    (folder / "build").symlink_to(build)
    environment = context.environment(PICOCTL_BUS="virtual", PYTHONPATH=package(context, blocks))
    environment["PATH"] = f"{build / 'bin'}:/usr/sbin:{environment['PATH']}"
    cases = []
    with virtual_pico(build, environment):
        for block in blocks:
            command = command_of(context, block, folder, build)
            done = context.run(*command, cwd=folder, env=environment, timeout=120)
            case = verdict("docs", name, f"line {block.line}", done)
            if case.state != FAILED and block.output is not None:
                if not matches(block.output, done.stdout):
                    case.state, case.message = FAILED, "prints something else"
                    case.text = f"expected:\n{block.output}\nprinted:\n{done.stdout}"
            cases.append(case)
    return cases


LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)")


def broken_links(file):
    prose = re.sub(r"^```.*?^```", "", file.read_text(), flags=re.M | re.S)
    return [target for target in LINK.findall(prose)
            if not (file.parent / target).exists()]


def documents():
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md",
            *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def docs(context):
    build = builds.build(context, "clang")
    cases = []
    for file in documents():
        name = file.relative_to(ROOT).as_posix()
        broken = broken_links(file)
        cases.append(Case("docs", name, "links", FAILED if broken else "passed",
                          "nothing is there: " + ", ".join(broken)))
        cases += run_blocks(context, file, build)
    if not any(case.name.startswith("line") for case in cases):
        raise Failure("no document has a block that runs")
    return cases


def generated(context):
    build = builds.build(context, "clang")
    done = context.run(PYTHON, "docs/generate.py", "--check",
                       env=context.environment(PICOCTL_BUILD=build,
                                               PATH=f"{build / 'bin'}:/usr/bin:/bin"))
    return [verdict("generated", "docs", "are what docs/generate.py writes", done)]


PICTURE = ROOT / "docs/pictures/led.svg"
# What differs from run to run, since the session's key does: the bytes, and the shape of their bits.
VARYING = [(re.compile(r'\bd="[^"]*"'), 'd=""'), (re.compile(r"(?<=>)[^<]*\b[0-9A-Fa-f]{2}\b[^<]*(?=<)"), "XX"),
           (re.compile(r"\d+\.\d+|\d+"), "0")]


def settled(svg):
    for pattern, instead in VARYING:
        svg = pattern.sub(instead, svg)
    return svg


def picture(context):
    """The README's picture is what this picoctl draws, but for the session's own bytes."""
    build = builds.build(context, "clang")
    environment = context.environment(PICOCTL_BUS="virtual")
    made = context.scratch / "led.svg"
    with virtual_pico(build, environment):
        context.must(build / "bin/picoctl", "trace", "--svg", made, "--", "call", "led", "1", "on",
                     env=environment)
    if not PICTURE.exists():
        raise Failure(f"there is no {PICTURE.relative_to(ROOT)}")
    case = Case("picture", "svg", PICTURE.name)
    was, now = settled(PICTURE.read_text()), settled(made.read_text())
    if was != now:
        shutil.copy(made, CHECK / "led.svg")
        case.state = FAILED
        case.message = f"draw it anew: picoctl trace --svg {PICTURE.relative_to(ROOT)} -- call led 1 on"
        case.text = "\n".join(difflib.unified_diff(was.split("<"), now.split("<"), lineterm="", n=1))
    return [case]
