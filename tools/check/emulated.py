"""The stage of the emulator: its own tests, and the system tests against images as a user flashes them."""

import hashlib
import re

import builds
from context import ROOT, Failure
from junit import FAILED, PASSED, Case
from proofs import pytest

IMAGES = ("system-test-pico", "picoctl-pico", "pico-cpp-pico")
DIST = ROOT / "emulator/dist"
TAP = re.compile(r"^\s*(not )?ok \d+ - (.*?)( # .*)?$", re.M)


def node_tests(context):
    done = context.run("node", "--test", *sorted((DIST / "test").glob("*.test.js")), timeout=600)
    cases = []
    for wrong, name, _ in TAP.findall(done.stdout):
        if not name.endswith(".js"):  # some versions of node list the files too
            cases.append(Case("emulator", "node", name, FAILED if wrong else PASSED,
                              "see the text" if wrong else "", done.stdout if wrong else ""))
    if not cases or (done.returncode != 0 and all(c.state == PASSED for c in cases)):
        raise Failure("the emulator's own tests did not run", done.stdout)
    return cases


def figures(context):
    """What the interrupt costs, printed: figures, never a verdict."""
    done = context.must("node", DIST / "src/measure.js", ROOT / "build/firmware/picoctl-pico.elf")
    print("\n".join("  " + line for line in done.stdout.splitlines()))
    return Case("emulator", "figures", "the interrupt's cost is printed")


def sweep(context):
    """Which programs are safe with a Pi 0-4's block, under both accounts of its fault: printed."""
    images = {"no_stretch": "system-test-pico", "mid_phase": "mid-phase-pico",
              "pico_i2c_slave": "lamp-pico"}
    done = context.must("node", DIST / "src/sweep.js", *(
        f"{name}={ROOT / 'build/firmware' / image}.elf" for name, image in images.items()))
    print("\n".join("  " + line for line in done.stdout.splitlines()))
    return Case("emulator", "figures", "the sweep is printed")


def emulator(context):
    context.must("./firmware", "--yes", "--tests", "--examples", "--board", "pico", timeout=1200)
    context.must("emulator/build.sh", timeout=600)
    results = [*node_tests(context), figures(context), sweep(context)]
    folder = builds.build(context, "clang")
    package = builds.build(context, "gcc") / "python"
    results += pytest(context, "emulator", "tests/emulator", PICOCTL_BUILD=folder)
    for name in IMAGES:
        image = ROOT / f"build/firmware/{name}.uf2"
        print(f"  {hashlib.sha256(image.read_bytes()).hexdigest()}  {name}.uf2")
        # One image is commanded from every language; which image it is makes no difference to that.
        callers = {} if name == IMAGES[0] else {"PYTEST_ADDOPTS": "-k 'not shell and not python'"}
        [report] = pytest(context, "emulator", "tests/system", PICOCTL_BUILD=folder,
                          PICOCTL_PYTHON=package, PICOCTL_PICO="emulated", PICOCTL_IMAGE=image,
                          PICOCTL_SWEEP=package.parent / "tests/sweep",
                          **callers)
        results.append(report.rename(report.with_name(f"tests-system-{name}.xml")))
    return results
