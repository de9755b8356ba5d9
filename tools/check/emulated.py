"""The stage of the emulator: its own tests, and the system tests against images as a user flashes them."""

import functools
import hashlib
import re

import builds
from context import ROOT, Failure
from junit import FAILED, PASSED, Case
from proofs import pytest

# Who is commanded in tests/system: a report's name, the image, the bus's speed, and by which callers. One
# image is commanded from every language; which image it is makes no difference to that.
FIRMWARE = ROOT / "build/firmware"
MICROPYTHON = ROOT / "build/micropython-rp2/firmware.uf2"
CPP_ONLY = "not shell and not python"
# From the other languages what @pytest.mark.core marks: so that no cell of the table of who commands whom is empty.
CORE_FROM_ALL = f"(({CPP_ONLY}) or core)"
# Many frames take long on an emulated Pico; who sends them makes no difference to it.
EACH_LANGUAGE = "cpp or not (many_clients or killed or hangs_up)"
# Of the tests those in which many frames pass: the others do not depend on the bus's speed.
OFTEN = f"{CPP_ONLY} and (many_clients or test_commands or flipped or killed)"
# The longest first: they run beside each other, and the first one builds its image meanwhile.
PICOS = (("micropython", MICROPYTHON, 100_000, f"-k '{CORE_FROM_ALL} and not (killed or hangs_up)'"),
         ("picoctl-pico", FIRMWARE / "picoctl-pico.uf2", 100_000, f"-k '{EACH_LANGUAGE}'"),
         ("pico-cpp-pico", FIRMWARE / "pico-cpp-pico.uf2", 100_000, f"-k '{CPP_ONLY} and not (killed or hangs_up)'"),
         ("picoctl-pico-400kHz", FIRMWARE / "picoctl-pico.uf2", 400_000, f"-k '{OFTEN}'"),
         # What only a program made for tests can do: hang until the watchdog bites.
         ("system-test-pico", FIRMWARE / "system-test-pico.uf2", 100_000, f"-m needs -k '{CPP_ONLY}'"))
ONE_BY_ONE = 0  # tests at once, in one of several runs that go on beside each other
DIST = ROOT / "emulator/dist"
TAP = re.compile(r"^\s*(not )?ok \d+ - (.*?)( # .*)?$", re.M)


def warm(context):
    """Of the Picos with the same flash the first one starts from its reset on: each boot is run, not each one 40 times."""
    return {"PICOCTL_WARM": context.scratch / "warm"}


def build_emulator(context):
    context.once("build emulator", lambda: context.must("emulator/build.sh", timeout=600))
    return []


def build_images(context):
    context.once("build images", lambda: context.must(
        "./firmware", "--yes", "--tests", "--examples", "--board", "pico", timeout=1200))
    return []


def build_stock_micropython(context):
    context.once("build stock micropython", lambda: context.must(
        "emulator/micropython/build.sh", "-j", context.jobs, timeout=1200))


def node_tests(context):
    build_stock_micropython(context)
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
    done = context.must("node", DIST / "src/measure.js", "--short", ROOT / "build/firmware/picoctl-pico.elf")
    print("\n".join("  " + line for line in done.stdout.splitlines()))
    return Case("emulator", "figures", "the interrupt's cost is printed")


def sweep(context):
    """Which programs are safe with a Pi 0-4's block, under both accounts of its fault: printed."""
    steps = [] if context.deep else ["--steps", "20"]  # the document's figures are those of 100
    images = {"no_stretch": "picoctl-pico", "mid_phase": "mid-phase-pico",
              "pico_i2c_slave": "lamp-pico"}
    done = context.must("node", DIST / "src/sweep.js", *steps, *(
        f"{name}={ROOT / 'build/firmware' / image}.elf" for name, image in images.items()))
    print("\n".join("  " + line for line in done.stdout.splitlines()))
    return Case("emulator", "figures", "the sweep is printed")


def system_tests(context, name, image, hertz, chosen):
    """tests/system against one of them; its SHA-256 is that of the file that a user flashes."""
    if image == MICROPYTHON:
        build_stock_micropython(context)
    print(f"  {hashlib.sha256(image.read_bytes()).hexdigest()}  {image.name}")
    pico = "emulated-micropython" if image == MICROPYTHON else "emulated"
    more = {} if context.deep else {"PYTEST_ADDOPTS": chosen, **warm(context)}
    if name == "picoctl-pico":  # what the core of the sweep runs against
        more["PICOCTL_SWEEP"] = builds.build(context, "gcc") / "tests/sweep"
    return pytest(context, "emulator", "tests/system", suffix=f"-{name}", PICOCTL_BUILD=builds.build(context, "clang"),
                  PICOCTL_PYTHON=builds.build(context, "gcc") / "python", PICOCTL_PICO=pico,
                  PICOCTL_IMAGE=image, PICOCTL_SPEED=hertz, at_once=ONE_BY_ONE, **more)


def emulator_tests(context):
    build_stock_micropython(context)
    return pytest(context, "emulator", "tests/emulator", at_once=ONE_BY_ONE,
                  PICOCTL_BUILD=builds.build(context, "clang"))


def emulator(context):
    for kind in ("clang", "gcc"):
        builds.build(context, kind)
    context.beside(lambda: build_images(context), lambda: build_emulator(context))
    return context.beside(
        *(functools.partial(system_tests, context, *pico) for pico in PICOS), lambda: emulator_tests(context),
        lambda: node_tests(context), lambda: [figures(context)], lambda: [sweep(context)])
