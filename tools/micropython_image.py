#!/usr/bin/python3
"""A flash image of a MicroPython Pico with files on it, as a user's has it after copying them:

    tools/micropython_image.py FIRMWARE.bin OUT.bin main.py=program.py lib/other.py=other.py

For the emulator. Needs build/micropython/micropython (micropython/unix/build).
"""
import argparse
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
MICROPYTHON = ROOT / "build" / "micropython" / "micropython"


def image(firmware, files, flash_kb=2048, storage_kb=1408):
    """The bytes; `files`: {name on the Pico: path here}. The sizes are those of MicroPython's board
    RPI_PICO: the file system is at the flash's end."""
    start = (flash_kb - storage_kb) * 1024
    code = pathlib.Path(firmware).read_bytes()
    if len(code) > start:
        raise ValueError(f"{firmware} has {len(code)} bytes, and its file system begins at {start}")
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "files"
        subprocess.run([MICROPYTHON, "-X", "heapsize=8M", ROOT / "tools/micropython_files.py", out,
                        str(storage_kb), *(f"{name}={path}" for name, path in files.items())],
                       check=True)
        return code.ljust(start, b"\xff") + out.read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("firmware")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("files", nargs="+", metavar="NAME=FILE")
    given = parser.parse_args()
    files = dict(word.split("=", 1) for word in given.files)
    given.out.write_bytes(image(given.firmware, files))


if __name__ == "__main__":
    main()
