"""Stages about the documents: their blocks run, their generated parts are fresh, the picture too."""

import difflib
import re
import shutil

import builds
from context import CHECK, ROOT, Failure
from doc_blocks import blocks_of, matches, whole_program
from doc_pico import DocPico
from junit import FAILED, Case
from proofs import PYTHON, build_micropython, verdict


def command_of(context, block, folder, build):
    """How to run a block; writes what that needs into `folder`."""
    stem = f"line{block.line}"
    if block.language == "sh":
        return ["bash", "-euo", "pipefail", "-c", block.text]
    if block.language == "python":
        script = folder / f"{stem}.py"
        script.write_text(block.text)
        return [str(build / "bin/picoctl"), "run", "--", PYTHON, str(script)]
    # In a folder of its own: beside the repository's files, which are links, its CMakeLists.txt
    # would be written over the repository's.
    project = folder / stem
    project.mkdir()
    (project / "block.cpp").write_text(whole_program(block.text))
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(block CXX)\nfind_package(picoctl REQUIRED)\n"
        "add_executable(block block.cpp)\ntarget_link_libraries(block picoctl::controller)\n")
    context.must("cmake", "-S", project, "-B", project / "build", "-G", "Ninja",
                 f"-DCMAKE_PREFIX_PATH={CHECK / 'prefix'}")
    context.must("ninja", "-C", project / "build")
    return [str(project / "build/block")]


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
    if any(block.pico == "micropython" for block in blocks):
        build_micropython(context)
    with DocPico(build, environment, folder) as pico:
        return [run_block(context, pico, block, folder, environment) for block in blocks]


def run_block(context, pico, block, folder, environment):
    pico.serve(block)
    if block.pico == "micropython":
        return Case("docs", block.file, f"line {block.line}")  # it came to the bus
    command = command_of(context, block, folder, pico.build)
    done = context.run(*command, cwd=folder, env=environment, timeout=120)
    case = verdict("docs", block.file, f"line {block.line}", done)
    if case.state != FAILED and block.output is not None:
        compare(case, block.output, done.stdout, matches(block.output, done.stdout))
    if case.state != FAILED and block.console is not None:
        fits, printed = pico.printed(block.console, matches)
        compare(case, block.console, printed, fits)
    return case


def compare(case, expected, printed, fits):
    if not fits:
        case.state, case.message = FAILED, "prints something else"
        case.text = f"expected:\n{expected}\nprinted:\n{printed}"


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


# Drawn by: picoctl trace --svg docs/pictures/NAME.svg OPTIONS -- call led 1 on
PICTURES = {"led": (), "half": ("--cut", "4"), "flip": ("--flip", "47"), "lost": ("--cut", "12")}
# What differs from run to run, since the session's key does: the bytes, and the shape of their bits.
VARYING = [(re.compile(r'\bd="[^"]*"'), 'd=""'), (re.compile(r"(?<=>)[^<]*\b[0-9A-Fa-f]{2}\b[^<]*(?=<)"), "XX"),
           (re.compile(r"\d+\.\d+|\d+"), "0")]


def settled(svg):
    for pattern, instead in VARYING:
        svg = pattern.sub(instead, svg)
    return svg


def picture(context):
    """The documents' pictures are what this picoctl draws, but for the session's own bytes."""
    build = builds.build(context, "clang")
    environment = context.environment(PICOCTL_BUS="virtual")
    return [one_picture(context, build, environment, *row) for row in PICTURES.items()]


def one_picture(context, build, environment, name, options):
    made, kept = context.scratch / f"{name}.svg", ROOT / f"docs/pictures/{name}.svg"
    with DocPico(build, environment, context.scratch):
        context.must(build / "bin/picoctl", "trace", "--svg", made, *options, "--", "call", "led", "1",
                     "on", env=environment)
    case = Case("picture", "svg", kept.name)
    was, now = (settled(path.read_text()) if path.exists() else "" for path in (kept, made))
    if was != now:
        shutil.copy(made, CHECK / kept.name)
        words = " ".join(["picoctl trace --svg", str(kept.relative_to(ROOT)), *options])
        case.state, case.message = FAILED, f"draw it anew: {words} -- call led 1 on"
        case.text = "\n".join(difflib.unified_diff(was.split("<"), now.split("<"), lineterm="", n=1))
    return case
