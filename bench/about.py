"""With what a run was made: versions, flags, hashes."""
import json
import pathlib
import platform
import re
import shutil
import subprocess

import images
from common import ROOT


def first_line(*words):
    if not shutil.which(words[0]):
        return None
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or [None])[0]


def found(pattern, path):
    match = re.search(pattern, path.read_text()) if path.is_file() else None
    return ".".join(match.groups()) if match else None


def versions():
    sdk = pathlib.Path(images.sdk()) / "pico_sdk_version.cmake"
    package = json.loads((ROOT / "emulator/package.json").read_text())
    micropython = ROOT / "build/micropython/source/py/mpconfig.h"
    parts = (r"PICO_SDK_VERSION_(?:MAJOR) (\d+)[\s\S]*?VERSION_MINOR (\d+)[\s\S]*?VERSION_REVISION (\d+)",
             r"MICROPY_VERSION_MAJOR (\d+)[\s\S]*?VERSION_MINOR (\d+)[\s\S]*?VERSION_MICRO (\d+)")
    return {
        "compiler for the Pico": first_line("arm-none-eabi-gcc", "--version"),
        "compiler for the Pi's side": first_line("g++", "--version"),
        "pico-sdk": found(parts[0], sdk), "MicroPython": found(parts[1], micropython),
        "rp2040js": package["dependencies"]["rp2040js"],
        "node": first_line("node", "--version"), "Python": platform.python_version(),
        "valgrind": first_line("valgrind", "--version"),
        "strace": first_line("strace", "--version"),
    }


def commit():
    done = subprocess.run(["git", "-c", "safe.directory=*", "describe", "--always", "--dirty"],
                          cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None


def sources():
    """Of what is measured: taken before anything is built."""
    return {"picoctl": commit(), "machine": f"{platform.system()} {platform.machine()}",
            "versions": versions()}


def built(programs):
    """Of the images, at once when they are built."""
    return {"flags": images.flags(), "sha256": {name: images.digest(elf.with_suffix(".bin"))
                                                for name, elf in programs.items()}}
