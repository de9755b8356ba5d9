"""What the parts of the benchmark share: where things are, and a virtual Pico to measure against."""
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUT = ROOT / "build/bench"
PYTHON = "/usr/bin/python3"  # Debian's: its packages are there

sys.path.insert(0, str(ROOT / "virtual" / "tests"))
import bus_client  # noqa: E402,F401


class Missing(Exception):
    """A figure cannot be had here; the message says what is not there and how to get it."""


def run(*command, **options):
    """The output of a program that has to succeed."""
    options = {"timeout": 600, "check": True, "text": True, "capture_output": True, **options}
    try:
        return subprocess.run([str(part) for part in command], **options)
    except subprocess.CalledProcessError as problem:
        raise SystemExit(f"bench: {' '.join(map(str, command[:4]))} … exited with "
                         f"{problem.returncode}\n{problem.stdout or ''}{problem.stderr or ''}") from None


@contextlib.contextmanager
def virtual_picos(build, *, addresses=(0x41,), speed_hz=400_000):
    """A virtual bus with Picos: yields its socket, an environment that finds it, and its process."""
    with tempfile.TemporaryDirectory(prefix="pcb") as name:
        path = pathlib.Path(name) / "bus"
        process = subprocess.Popen(
            [build / "bin/picoctl-virtual", "--listen", path, "--speed", str(speed_hz),
             *(word for one in addresses for word in ("--address", hex(one)))],
            stdout=subprocess.PIPE, text=True)
        try:
            process.stdout.readline()
            env = {**os.environ, "PICOCTL_BUS": f"virtual:{path}", "XDG_CACHE_HOME": name,
                   "PYTHONPATH": str(build / "python"), "PYTHONHASHSEED": "0"}
            yield path, env, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)


def spread(values):
    """min, median and max: how the values lie, without a claim of what is typical elsewhere."""
    ordered = sorted(values)
    return {"min": round(ordered[0], 1), "median": round(ordered[len(ordered) // 2], 1),
            "max": round(ordered[-1], 1)}
