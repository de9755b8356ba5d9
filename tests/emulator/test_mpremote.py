"""mpremote, of MicroPython's own source, on the USB serial port of an emulated Pico: as a user installs the
library on stock MicroPython, and runs the example."""
import functools
import hashlib
import http.server
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from conftest import PICOCTL, ROOT

sys.path.insert(0, str(ROOT / "tests" / "system"))
import emulated_micropython  # noqa: E402

MPREMOTE = ROOT / "build/micropython/source/tools/mpremote"
LIBRARY = ROOT / "micropython"


def documented():
    """The words of the commands that docs/MICROPYTHON.md gives for an installation: library, program, reset."""
    page = (ROOT / "docs" / "MICROPYTHON.md").read_text()
    block = re.search(r"^## Install\n.*?```sh\n(.*?)```", page, re.M | re.S)[1]
    commands = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert [words[:2] for words in commands] == [["mpremote", verb] for verb in ("mip", "cp", "reset")]
    return [words[1:] for words in commands]


class UsbPico:
    """`picoctl virtual --usb`, with MicroPython and nothing else on its flash."""

    def __init__(self, folder):
        self.bus = f"virtual:{folder}/bus"
        self.usb = folder / "usb"
        self.console = folder / "console"
        with self.console.open("w") as console:
            self.process = subprocess.Popen(
                [PICOCTL, "virtual", "--usb", self.usb, "--listen", folder / "bus",
                 emulated_micropython.FIRMWARE.with_suffix(".uf2")],
                text=True, stdout=subprocess.PIPE, stderr=console)
        assert self.process.stdout.readline().startswith("listening"), self.console.read_text()

    def mpremote(self, *words):
        done = subprocess.run(["/usr/bin/python3", "-m", "mpremote", "connect", self.usb, *words], cwd=ROOT,
                              env={**os.environ, "PYTHONPATH": str(MPREMOTE), "PYTHONDONTWRITEBYTECODE": "1"},
                              text=True, capture_output=True, timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr + self.console.read_text()
        return done.stdout

    def picoctl(self, *words):
        return subprocess.run([PICOCTL, "--bus", self.bus, *words], text=True, capture_output=True, timeout=60)

    def calls(self, *words):
        """The answer, once a program is there that gives one."""
        end = time.monotonic() + 60
        while (done := self.picoctl("call", *words)).returncode != 0:
            assert time.monotonic() < end, done.stderr + self.console.read_text()
            time.sleep(0.1)
        return done.stdout

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0
        self.process.stdout.close()


@pytest.fixture
def pico():
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        one = UsbPico(pathlib.Path(name))
        yield one
        one.stop()
        assert not one.usb.is_symlink(), "the serial port goes with its Pico"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def website():
    """micropython/ as GitHub or a server of one's own gives it; the URL of its package.json."""
    handler = functools.partial(QuietHandler, directory=LIBRARY)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/package.json"
        server.shutdown()
        thread.join(timeout=10)


def library_at(pico, folder):
    """The digests of the library's files there are those of this repository."""
    script = ("import hashlib, os, binascii\n"
              f"for n in sorted(os.listdir('{folder}')):\n"
              f" print(n, binascii.hexlify(hashlib.sha256(open('{folder}/' + n, 'rb').read()).digest()).decode())")
    there = dict(line.split() for line in pico.mpremote("exec", script).splitlines())
    assert there == {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                     for path in (LIBRARY / "picoctl").glob("*.py")}


def runs_the_example(pico):
    """main.py is put there and the Pico starts anew; then the Pi commands it, and the REPL is not locked out."""
    for words in documented()[1:]:
        pico.mpremote(*words)
    pico.calls("led", "1", "on")
    assert "1" in pico.calls("lit")
    assert pico.mpremote("exec", "print(6 * 7)") == "42\n"  # Ctrl-C, and a soft reset
    pico.mpremote("soft-reset")


def mip_from_a_server(pico, website):
    said = pico.mpremote("mip", "install", website)
    assert said.rstrip().endswith("Done"), said
    return "/lib/picoctl"


def mip_from_a_clone_over_an_older_version(pico, _):
    pico.mpremote("fs", "mkdir", ":lib", "+", "fs", "mkdir", ":lib/picoctl")
    pico.mpremote("exec", "open('/lib/picoctl/__init__.py', 'w').write('old = True')")
    assert pico.mpremote("exec", "import picoctl; print(picoctl.old)") == "True\n"
    pico.mpremote(*documented()[0])
    return "/lib/picoctl"


def copy_of_the_folder(pico, _):
    pico.mpremote("cp", "-r", "micropython/picoctl", ":")
    return "/picoctl"


WAYS = [mip_from_a_server]
if os.environ.get("PICOCTL_DEEP"):
    WAYS += [mip_from_a_clone_over_an_older_version, copy_of_the_folder]


@pytest.mark.parametrize("install", WAYS, ids=lambda way: way.__name__)
def test_the_library_is_installed_and_the_example_obeys_the_pi(pico, website, install):
    library_at(pico, install(pico, website))
    runs_the_example(pico)
