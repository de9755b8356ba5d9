"""What the system tests stand on: a virtual Pico of its own for each test, and callers.

PICOCTL_BUILD names the build directory. With PICOCTL_IMAGE, the path of a Pico's program, it is an
emulated Pico that runs this program. The tests speak to whatever answers on the bus that the
`pico` fixture gives; nothing in them knows what it is but that fixture.
"""
import collections
import json
import os
import pathlib
import signal
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PICOCTL_BUILD", ROOT / "build"))
PICOCTL = BUILD / "bin" / "picoctl"
VIRTUAL = BUILD / "bin" / "picoctl-virtual"
IMAGE = os.environ.get("PICOCTL_IMAGE")
BOARD = "pico" if IMAGE else "virtual"
CALLER = BUILD / "tests" / "caller"


class VirtualPico:
    """picoctl-virtual on a socket of its own, with journal and trace."""

    def __init__(self, folder, *options):
        self.socket = folder / "bus.sock"
        self.journal_path = folder / "journal"
        self.trace = folder / "trace.vcd"
        self.board = BOARD
        self.slowness = 6 if IMAGE else 1  # how long a command takes, compared with the virtual Pico
        # 100 kHz is a Pi's default. Faster, a chip's answer may come in a second transaction, and what
        # passes on the wires depends on its speed.
        program = [PICOCTL, "virtual", IMAGE, "--speed", "100000"] if IMAGE else [VIRTUAL]
        self.process = subprocess.Popen(
            [*program, "--listen", self.socket, "--journal", self.journal_path,
             "--trace", self.trace, *options],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line == f"listening {self.socket}\n", line
        self.env = {**os.environ, "PICOCTL_BUS": f"virtual:{self.socket}"}

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10)

    def journal(self):
        """One (time, command, {argument: value}) per execution."""
        entries = []
        for line in self.journal_path.read_text().splitlines():
            time, command, *arguments = line.split(" ")
            entries.append((float(time), command, dict(a.split("=", 1) for a in arguments)))
        return entries

    def executions(self):
        """How often each token ran."""
        return collections.Counter(
            int(arguments["token"]) for _, _, arguments in self.journal() if "token" in arguments)

    def run(self, *command, **options):
        options.setdefault("timeout", 60)
        return subprocess.run([str(part) for part in command], env=self.env, text=True,
                              capture_output=True, **options)

    def picoctl(self, *arguments, **options):
        return self.run(PICOCTL, *arguments, **options)


def what_the_image_has(folder):
    """The names of its commands and registers; and whether it has the virtual Pico's limits."""
    pico = VirtualPico(folder)
    try:
        done = pico.picoctl("--json", "info")
        assert done.returncode == 0, done.stderr
    finally:
        pico.stop()
    info = json.loads(done.stdout)
    has = {row["name"] for row in info["commands"] + info["registers"]}
    has |= {"largest buffers"} if info["max_request"] == 240 else set()
    return has | ({"seven slots"} if info["sessions"] == 7 else set())


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(what): a command, a register or a limit")


def pytest_collection_modifyitems(config, items):
    """An image that lacks what a test is about cannot take it: those tests are left out."""
    if not IMAGE:
        return
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        has = what_the_image_has(pathlib.Path(name))
    left_out = [item for item in items
                if any(not has.issuperset(mark.args) for mark in item.iter_markers("needs"))]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def folder():
    # A short path: a socket's is limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        yield pathlib.Path(name)


@pytest.fixture
def start(folder):
    """Starts virtual Picos with options; all of them end with the test."""
    started = []

    def begin(*options):
        home = folder / str(len(started))
        home.mkdir()
        started.append(VirtualPico(home, *options))
        return started[-1]

    yield begin
    for pico in started:
        pico.stop()


@pytest.fixture
def pico(start):
    return start()


class Caller:
    """One way to command a Pico: the same three verbs, whatever the language."""

    def __init__(self, name, program):
        self.name, self.program = name, program

    def call(self, pico, name, *arguments):
        """The reply, or None for a command without one."""
        done = self.raw(pico, "call", name, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def raw(self, pico, verb, *arguments):
        options = ["--json"] if self.name == "shell" else []
        return pico.run(self.program, verb, *options, *arguments)


@pytest.fixture(params=["cpp", "shell"])
def caller(request):
    return Caller(request.param, {"cpp": CALLER, "shell": PICOCTL}[request.param])
