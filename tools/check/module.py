"""The stage of MicroPython with the link in C++: its images, their tests, and the table of who commands whom."""

import hashlib

import builds
import junit
from context import CHECK, ROOT
from emulated import CORE_FROM_ALL, DIST, ONE_BY_ONE, build_emulator, warm
from junit import FAILED, PASSED, Case
from proofs import build_micropython, pytest

IMAGE = ROOT / "build/firmware/picoctl-micropython-pico.uf2"
CALLERS = ("cpp", "python", "shell")
# Each Pico of tests/system: a heading, and the report of the run against it.
COLUMNS = (("virtual", "system/tests-system"), ("unix MicroPython", "micropython/tests-system"),
           ("C++ image", "emulator/tests-system-picoctl-pico"),
           ("stock MicroPython", "emulator/tests-system-micropython"),
           ("with the module", "module/tests-system"))


def images(context):
    """The Pico 2's is built with --deep only: nothing here can run it."""
    boards = ("pico", "pico2") if context.deep else ("pico",)
    context.must("./firmware", "--yes", "--micropython",
                 *(word for board in boards for word in ("--board", board)), timeout=1500)
    cases = []
    for name in (f"picoctl-micropython-{board}" for board in boards):
        path = ROOT / f"build/firmware/{name}.uf2"
        print(f"  {hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")
        cases.append(Case("module", "images", name, PASSED))
    return cases


def figures(context):
    """What the link costs with Python's handlers, printed: figures, never a verdict."""
    program = context.scratch / "files.bin"
    context.must(ROOT / "build/micropython/micropython", "-X", "heapsize=8M",
                 "tools/micropython_files.py", program, "1408", "main.py=bench/micropython/library.py")
    done = context.must("node", DIST / "src/measure.js", "--short",
                        f"picoctl in MicroPython={IMAGE.with_suffix('.elf')}+{program}")
    print("\n".join("  " + line for line in done.stdout.splitlines()))
    return Case("module", "figures", "the link's cost is printed")


def states(report, caller):
    """What became of a caller's tests; None: that stage has not run."""
    path = CHECK / "reports" / f"{report}.xml"
    if not path.exists():
        return None
    return [case.state for case in junit.read(path, "matrix") if f"[{caller}" in case.name]


def cell(found):
    return "not run" if found is None else f"{found.count(PASSED)} of {len(found)}"


def matrix(context):
    """Every language against every Pico, printed, by the reports of this run and of stages that ran before. It
    fails if a cell is empty: then nobody has commanded that Pico from that language."""
    table = {caller: [states(report, caller) for _, report in COLUMNS] for caller in CALLERS}
    print("  tests/system, passed".ljust(24) + "".join(name.rjust(19) for name, _ in COLUMNS))
    for caller, row in table.items():
        print(f"    {caller}".ljust(24) + "".join(cell(found).rjust(19) for found in row))
    if not context.deep:
        print("  From Python and the shell the two kinds of MicroPython on the chip get what is marked core; "
              "all of it with --deep.")
    empty = [f"{caller}, {COLUMNS[at][0]}" for caller, row in table.items()
             for at, found in enumerate(row) if found == []]
    return Case("module", "matrix", "every language commands every Pico", FAILED if empty else PASSED,
                f"no test ran: {'; '.join(empty)}" if empty else "")


def module(context):
    build_micropython(context)
    results = images(context)
    build_emulator(context)
    folder = builds.build(context, "clang")
    where = {"PICOCTL_BUILD": folder, "PICOCTL_PYTHON": builds.build(context, "gcc") / "python",
             "PICOCTL_PICO": "module", "PICOCTL_IMAGE": IMAGE, "at_once": ONE_BY_ONE}
    if not context.deep:
        where |= warm(context)
    # All from every language only with --deep: which image it is makes little difference to that.
    more = {} if context.deep else {"PYTEST_ADDOPTS": f"-k '{CORE_FROM_ALL}'"}
    results += context.beside(lambda: pytest(context, "module", "tests/system", **where, **more),
                              lambda: pytest(context, "module", "micropython/module/tests", **where),
                              lambda: [figures(context)])
    results.append(matrix(context))
    return results
