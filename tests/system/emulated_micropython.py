"""A Pico with MicroPython whose flash a user has filled: the library's files and a program, over the raw
REPL. It is made once for each state of those files, and kept in build/micropython-rp2.
"""
import hashlib
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "build" / "micropython-rp2" / "firmware.elf"
REPL = ROOT / "emulator" / "dist" / "src" / "repl.js"
LIBRARY = ROOT / "micropython" / "picoctl"
PROGRAM = ROOT / "micropython" / "tests" / "standard.py"


def put(image, files, saved):
    """`saved` becomes the flash of a Pico that starts with `image` and is given {path: file}."""
    words = [word for path, file in files.items() for word in ("--put", f"{path}={file}")]
    with tempfile.NamedTemporaryFile(dir=saved.parent, delete=False) as new:
        done = subprocess.run(["node", REPL, *words, "--save", new.name, image], text=True,
                              capture_output=True, timeout=300)
        assert done.returncode == 0, done.stderr
        os.replace(new.name, saved)  # others may make the same one at the same time


def kept(image, files):
    """As put(), unless it is there already."""
    digest = hashlib.sha256()
    for file in (image, REPL, *files.values()):
        digest.update(file.read_bytes())
    digest.update("\n".join(files).encode())
    saved = FIRMWARE.with_name(f"flash-{digest.hexdigest()[:16]}.bin")
    if not saved.exists():
        put(image, files, saved)
    return saved


def flash_with_library():
    return kept(FIRMWARE, {f"picoctl/{file.name}": file for file in sorted(LIBRARY.glob("*.py"))})


def flash_at(address):
    """With the program of the system tests, at this address."""
    setting = FIRMWARE.with_name(f"address-{address}.txt")
    setting.write_text(address)
    return kept(flash_with_library(), {"main.py": PROGRAM, "address.txt": setting})
