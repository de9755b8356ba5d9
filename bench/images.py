"""The programs that are measured, built here: picoctl's, the SDK's own driver, MicroPython.

All from one SDK with the same flags (CMake's MinSizeRel, -Os); MicroPython from its untouched source.
Each boots from a flash image of its own, so nothing is typed in.
"""
import hashlib
import json
import os
import shutil

from common import OUT, PYTHON, ROOT, Missing, run

COMPILED = ("no_stretch", "mid_phase", "sleeping", "sdk_driver", "hold_sweep")
DEFAULT_IMAGE = "picoctl-pico"
LIBRARY = ROOT / "micropython/picoctl"
FIRMWARE = ROOT / "build/micropython-rp2/firmware.elf"
USER_MODULE = ROOT / "build/firmware/picoctl-micropython-pico"


def sdk():
    for place in (os.environ.get("PICO_SDK_PATH"), ROOT / "build/pico-sdk/usr/src/pico-sdk"):
        if place and (os.path.isfile(os.path.join(place, "pico_sdk_init.cmake"))):
            return place
    raise Missing("there is no pico-sdk: ./firmware gets one")


def cmake(source, folder, programs, env=None):
    run("cmake", "-S", source, "-B", folder, "-G", "Ninja", f"-DPICO_SDK_PATH={sdk()}",
        "-DPICO_BOARD=pico", "-DPICO_NO_PICOTOOL=1", "-DCMAKE_BUILD_TYPE=MinSizeRel",
        f"-DPython3_EXECUTABLE={PYTHON}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", env=env)
    run("nice", "ninja", "-C", folder, *programs, timeout=1200)


def build_compiled():
    """{name: ELF}; the default image once more, with the compiler's account of its stack."""
    folder = OUT / "images"
    cmake(ROOT / "bench/images", folder, COMPILED)
    run(PYTHON, ROOT / "tools/uf2.py", folder / "hold_sweep.bin", OUT / "hold_sweep.uf2",
        "--family", "rp2040")
    cmake(ROOT / "pico/images", OUT / "default", [DEFAULT_IMAGE],
          env={**os.environ, "CFLAGS": "-fstack-usage", "CXXFLAGS": "-fstack-usage"})
    return {**{name: folder / f"{name}.elf" for name in COMPILED},
            DEFAULT_IMAGE: OUT / f"default/{DEFAULT_IMAGE}.elf"}


def build_micropython(log):
    """MicroPython for the emulated Pico, and a flash image per program; {name: "ELF+FLASH"}."""
    if not FIRMWARE.is_file():
        log("building MicroPython for the emulator, once")
        run(ROOT / "emulator/micropython/build.sh", timeout=1800)
    unix = ROOT / "build/micropython/micropython"
    if not unix.is_file():
        run(ROOT / "micropython/unix/build", timeout=1200)
    modules = {f"picoctl/{path.name}": path for path in sorted(LIBRARY.glob("*.py"))}
    programs = {"mem": (FIRMWARE, {}), "handlers": (FIRMWARE, {}), "library": (FIRMWARE, modules)}
    if USER_MODULE.with_suffix(".elf").is_file():
        programs["user_module"] = (USER_MODULE.with_suffix(".elf"), {})
    (OUT / "flash").mkdir(parents=True, exist_ok=True)
    found = {}
    for name, (elf, files) in programs.items():
        flash = OUT / f"flash/{name}.bin"
        program = "library" if name == "user_module" else name  # one program, two libraries
        files = {"main.py": ROOT / f"bench/micropython/{program}.py", **files}
        run(unix, "-X", "heapsize=8m", ROOT / "bench/micropython/flash.py", flash,
            *(f"{there}={here}" for there, here in files.items()))
        found[name] = f"{elf}+{flash}"
    return found


def flags():
    """The compiler's words for picoctl's program and for the SDK's driver."""
    commands = json.loads((OUT / "images/compile_commands.json").read_text())
    found = {}
    for entry in commands:
        if entry["file"].endswith(("bench/images/picoctl.cpp", "pico_i2c_slave/i2c_slave.c")):
            words = [word for word in entry["command"].split()
                     if word.startswith(("-O", "-m", "-f", "-std", "-DNDEBUG"))]
            found[os.path.basename(entry["file"])] = " ".join(dict.fromkeys(words))
    return found


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def micropython_digests():
    named = {"MicroPython": FIRMWARE, USER_MODULE.name: USER_MODULE.with_suffix(".elf")}
    return {name: digest(elf) for name, elf in named.items() if elf.is_file()}


def emulator():
    """The folder of the programs that measure; built if it is not there."""
    programs = ROOT / "emulator/dist/src"
    if not shutil.which("node"):
        raise Missing("there is no node: sudo apt-get install nodejs")
    if not (programs / "heap.js").is_file():
        run(ROOT / "emulator/build.sh", timeout=900)
    return programs
