#!/usr/bin/python3
"""The library's size, and the memory that a program with it takes. Prints figures, asserts nothing.

The heap is measured on a PC, where a word has 64 bits; a Pico's has 32, and most of what lies on the
heap are words. So a Pico needs about half.
"""
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "micropython"

HEAP = """
import gc
def used():
    gc.collect()
    return gc.mem_alloc()
import machine
machine.I2CTarget = lambda *_, **__: None
before = used()
import picoctl
imported = used()
target = picoctl.Target()
@target.command("led n:u8 on:bool", help="Turn a light on or off")
def led(n, on):
    pass
target.start()
print(imported - before, used() - imported)
"""


def compiled(source, folder):
    """Bytes of the .mpy for a Pico's processor."""
    out = folder / (source.stem + ".mpy")
    subprocess.run([BUILD / "mpy-cross", "-march=armv6m", "-o", out, source], check=True)
    return out.stat().st_size


def run(*options):
    return subprocess.run(
        [BUILD / "micropython", *options, "-c", HEAP], text=True, capture_output=True,
        env={**os.environ, "MICROPYPATH": f"{HERE}/unix/sim:{HERE}:.frozen"})


def heap():
    done = run()
    done.check_returncode()
    return [int(word) for word in done.stdout.split()]


def smallest_heap():
    """KB in which the library can be compiled and the program started."""
    return next(size for size in range(60, 1000, 10) if run("-X", f"heapsize={size}k").returncode == 0)


def main():
    sources = sorted((HERE / "picoctl").glob("*.py"))
    with tempfile.TemporaryDirectory() as name:
        sizes = [(path.name, path.stat().st_size, compiled(path, pathlib.Path(name)))
                 for path in sources]
    print(f"{'file':14}{'.py':>8}{'.mpy':>8}  bytes")
    for row in [*sizes, ("all", sum(s[1] for s in sizes), sum(s[2] for s in sizes))]:
        print(f"{row[0]:14}{row[1]:8}{row[2]:8}")
    imported, started = heap()
    print(f"heap, 64-bit words: {imported} bytes by the import, {started} by a target with 8 commands;")
    print(f"compiled from .py and started within {smallest_heap()} KB")


if __name__ == "__main__":
    main()
