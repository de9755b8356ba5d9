"""Stages that compile: the three builds, unit tests, what must not compile, and the Pico's side."""

import functools
import re
import shutil
import subprocess

import junit
from context import CHECK, ROOT, Failure, tool
from doc_pico import DocPico
from junit import FAILED, PASSED, Case

# Several sources in one, but in the stage pip: nearly all of the time goes into headers that many share.
UNITY = "-DCMAKE_UNITY_BUILD=ON"

OPTIONS = {
    # Without the tests, which the other build holds. With the Python package: a module that a
    # sanitizer guards cannot be loaded into a Python that none does.
    "gcc": (UNITY, "-DCMAKE_BUILD_TYPE=Release", "-DPICOCTL_BENCH=ON", "-DBUILD_TESTING=OFF",
            "-DPICOCTL_SWEEP=ON",
            "-DPICOCTL_PYTHON=ON", "-DPython3_EXECUTABLE=/usr/bin/python3",
            "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"),
    # Everything, with both sanitizers; they stop at the first report. Not optimised: with gcc and
    # -O1 the instrumentation alone compiles six times as long, and the tests run no quicker.
    "clang": (UNITY, "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-g1 -O0",
              "-DPICOCTL_SANITIZE=address,undefined", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
              "-DPICOCTL_FUZZ=words"),
    # What libFuzzer needs to see its way: all libraries once more.
    "fuzz": (UNITY, "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-g1 -O1", "-DPICOCTL_FUZZ=all",
             "-DPICOCTL_SANITIZE=fuzzer-no-link,address,undefined", "-DBUILD_TESTING=OFF"),
    "coverage": (UNITY, "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-g1 -O0",
                 "-DCMAKE_CXX_FLAGS=-fprofile-instr-generate -fcoverage-mapping"),
}


def compiler(kind):
    if kind != "gcc":
        return tool("clang-14", "clang"), tool("clang++-14", "clang++")
    return tool("gcc"), tool("g++")


def moved(folder):
    """True if a build folder was made for another place."""
    cache = folder / "CMakeCache.txt"
    return cache.exists() and f"CMAKE_HOME_DIRECTORY:INTERNAL={ROOT}\n" not in cache.read_text()


def make(context, kind, targets=()):
    folder = CHECK / kind
    if moved(folder):
        shutil.rmtree(folder)
    c, cxx = compiler(kind)
    context.must("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", f"-DCMAKE_C_COMPILER={c}",
                 f"-DCMAKE_CXX_COMPILER={cxx}", "-DPICOCTL_WERROR=ON", *OPTIONS[kind])
    done = context.run("nice", "ninja", "-C", folder, f"-j{context.jobs}", "-k0", *targets, timeout=1500)
    if done.returncode != 0:
        wrong = [line for line in done.stdout.splitlines() if not line.startswith("[")]
        raise Failure(f"the {kind} build failed", "\n".join(wrong[:200]))
    return folder


def build(context, kind, *targets):
    """The folder of a build, made now if this run has not made it yet: all of it, or `targets`."""
    return context.once(f"build {kind}", lambda: make(context, kind, targets))


def stage(kind):
    def compile_all(context):
        build(context, kind)
        return [Case(f"build-{kind}", "build", "everything compiles without a warning")]
    return compile_all


# --- unit tests -----------------------------------------------------------------------------------


def cases_of_program(program, report):
    """The cases of one ctest entry: those that GoogleTest reported, if it came that far."""
    if not report.exists():
        return [program]
    cases = junit.read(report, "unit")
    if program.state == FAILED and not any(c.state == FAILED for c in cases):
        cases.append(program)
    return cases


def unit(context):
    folder = build(context, "clang")
    shutil.rmtree(folder / "results", ignore_errors=True)
    report = context.results("ctest")
    done = context.run("ctest", "--test-dir", folder, f"-j{context.jobs}", "--timeout", "300",
                       "--output-on-failure", "--output-junit", report, timeout=1500)
    if not report.exists():
        raise Failure("ctest ran nothing", done.stdout)
    cases = []
    for program in junit.read(report, "unit"):
        program.classname = "program"
        cases += cases_of_program(program, folder / "results" / f"{program.name}.xml")
    return cases


def negative_compile(context):
    report = context.results("negative")
    context.run("/usr/bin/python3", "tests/negative_compile/run.py", "--junit", report,
                "--compiler", compiler("gcc")[1], "--compiler", compiler("clang")[1])
    return [report]


# --- the Pico's side, without its SDK -------------------------------------------------------------

CORES = {"cortex-m0plus": ("-mcpu=cortex-m0plus",),
         "cortex-m33": ("-mcpu=cortex-m33", "-mfloat-abi=softfp")}
FLAGS = ("-mthumb", "-Os", "-std=c++20", "-fno-exceptions", "-fno-rtti", "-Wall",
         "-Wextra", "-Werror", "-Wshadow", "-ffunction-sections", "-fdata-sections")
# Heap, formatted output, exceptions, and what the standard library calls when it gives up.
FORBIDDEN = re.compile(
    r"^(malloc|calloc|realloc|free|_malloc_r|_free_r|operator (new|delete).*|v?[a-z]*printf|puts|"
    r"putchar|__cxa_(throw|allocate_exception|begin_catch|rethrow|guard_.*|atexit|demangle)|"
    r"_Unwind_.*|__gxx_personality.*|std::__throw_.*|std::terminate.*|abort|exit|"
    r"std::to_chars.*|typeinfo for .*|__dynamic_cast)$")


def embedded_sources():
    files = [*(ROOT / "link").glob("*.cpp"), *(ROOT / "target").glob("*.cpp"),
             *(ROOT / "target/handlers").glob("*.cpp")]
    return sorted(f for f in files if not f.stem.endswith("_test"))


def compile_for(context, core, source):
    """What is wrong with one source on one core, or None."""
    target = CHECK / "embedded" / core / (source.relative_to(ROOT).as_posix().replace("/", "_"))
    target = target.with_suffix(".o")
    target.parent.mkdir(parents=True, exist_ok=True)
    done = context.run(tool("arm-none-eabi-g++"), *CORES[core], *FLAGS, "-c", source, "-o", target,
                       *(f"-I{ROOT / f / 'include'}" for f in ("link", "commands", "target")))
    if done.returncode != 0:
        return "does not compile", done.stdout
    undefined = subprocess.run([tool("arm-none-eabi-nm"), "-uC", str(target)], capture_output=True,
                               text=True, check=True).stdout
    names = [line.split(maxsplit=1)[1] for line in undefined.splitlines() if line.strip()]
    used = [name for name in names if FORBIDDEN.match(name)]
    sections = subprocess.run([tool("arm-none-eabi-size"), "-A", str(target)], capture_output=True,
                              text=True, check=True).stdout
    initialised = [line for line in sections.splitlines()
                   if re.match(r"\.(data|init_array|gcc_except_table)\S*\s+[1-9]", line)]
    if used or initialised:
        return "needs what a Pico's link must not: " + ", ".join(used + initialised), undefined
    return None


def embedded(context):
    def compiled(core, source):
        case = Case("embedded", core, source.relative_to(ROOT).as_posix(), PASSED)
        wrong = compile_for(context, core, source)
        if wrong:
            case.state, (case.message, case.text) = FAILED, wrong
        return [case]

    return context.beside(*(functools.partial(compiled, core, source)
                            for core in CORES for source in embedded_sources()))


def install(context):
    """Installed, picoctl serves a project of somebody else: the examples are built as one."""
    folder = build(context, "gcc")
    prefix = CHECK / "prefix"
    shutil.rmtree(prefix, ignore_errors=True)
    context.must("cmake", "--install", folder, "--prefix", prefix)
    outside = CHECK / "examples"
    shutil.rmtree(outside, ignore_errors=True)
    context.must("cmake", "-S", ROOT / "examples", "-B", outside, "-G", "Ninja",
                 f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Release")
    context.must("nice", "ninja", "-C", outside, f"-j{context.jobs}", timeout=900)
    cases = [Case("install", "package", "find_package(picoctl) serves the examples")]
    # With all its parts: the virtual Pico, and the library that makes its bus /dev/i2c-1.
    picoctl = prefix / "bin/picoctl"
    with DocPico(folder, context.environment(), context.scratch):
        for words in (["demo"], ["run", "--", "test", "-c", "/dev/i2c-1"]):
            done = context.run(picoctl, *words)
            cases.append(Case("install", "package", f"picoctl {words[0]}",
                              FAILED if done.returncode else PASSED, "it failed", done.stdout))
    return cases
