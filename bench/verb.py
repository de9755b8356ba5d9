"""`picoctl bench` as users run it, on an emulated Pico whose program can hold its answers back."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile

from common import run


@contextlib.contextmanager
def emulated_pico(build, image):
    with tempfile.TemporaryDirectory(prefix="pcb") as name:
        path = pathlib.Path(name) / "bus"
        process = subprocess.Popen([build / "bin/picoctl", "virtual", "--listen", path, image],
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            process.stdout.readline()
            yield {**os.environ, "PICOCTL_BUS": f"virtual:{path}", "XDG_CACHE_HOME": name}
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def figures(build, image, seconds):
    with emulated_pico(build, image) as env:
        done = run(build / "bin/picoctl", "bench", "--json", "--seconds", str(seconds), env=env)
    found = json.loads(done.stdout)
    if found["bus"]["kind"] != "emulated" or not found["hold_sweep"]:
        raise SystemExit("bench: picoctl bench did not see an emulated Pico that holds answers back")
    held = sum(row["reads"] for row in found["hold_sweep"])
    return {"pings": found["latency"]["calls"], "reads_held_back": held,
            "wrong_reads": sum(row["wrong"] for row in found["hold_sweep"])}
