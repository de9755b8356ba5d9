"""What the system tests stand on: a virtual Pico of its own for each test, and callers.

PICOCTL_BUILD names the build directory. The tests speak to whatever answers on the bus that the
`pico` fixture gives; nothing in them knows that it is virtual but that fixture.

PICOCTL_PICO=micropython puts another Pico behind the same bus: MicroPython's unix port with the
library of micropython/picoctl and the program micropython/tests/standard.py. It is a mailbox target:
a command takes two transactions, and frames are shorter. Tests ask `pico.mailbox` and `pico.room`
where that matters, and for nothing else.
"""
import collections
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("PICOCTL_BUILD", ROOT / "build"))
PICOCTL = BUILD / "bin" / "picoctl"
VIRTUAL = BUILD / "bin" / "picoctl-virtual"
CALLER = BUILD / "tests" / "caller"
MICROPYTHON = ROOT / "build" / "micropython" / "micropython"
LIBRARY = ROOT / "micropython"


class VirtualPico:
    """picoctl-virtual on a socket of its own, with journal and trace."""

    mailbox = False
    room = 240  # bytes of payload of the longest request
    options = ()

    def __init__(self, folder, *options):
        self.socket = folder / "bus.sock"
        self.journal_path = folder / "journal"
        self.trace = folder / "trace.vcd"
        self.process = subprocess.Popen(
            [VIRTUAL, "--listen", self.socket, "--journal", self.journal_path,
             "--trace", self.trace, *self.options, *options],
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


class MicroPythonPico(VirtualPico):
    """The same bus, and MicroPython on it: one process for each address."""

    mailbox = True
    room = 42
    options = ("--no-pico",)

    def __init__(self, folder, *options, program=LIBRARY / "tests" / "standard.py", **environment):
        self.targets = []
        super().__init__(folder)
        addresses = [value for name, value in zip(options, options[1:]) if name == "--address"]
        for address in addresses or ["0x41"]:
            home = folder / address  # its flash
            home.mkdir()
            self.targets.append(self.start_target(home, program, {
                "PICOCTL_ADDRESS": address, "PICOCTL_JOURNAL": str(self.journal_path),
                "PICOCTL_SEVERAL": "1" if len(addresses) > 1 else "", **environment}))

    def start_target(self, home, program, environment):
        self.console = home / "console"
        environment = {**os.environ, "PICOCTL_SOCKET": str(self.socket), **environment,
                       "MICROPYPATH": f"{LIBRARY}/unix/sim:{LIBRARY}:.frozen"}
        with self.console.open("w") as console:
            target = subprocess.Popen([MICROPYTHON, program], cwd=home, env=environment,
                                      stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        deadline = time.monotonic() + 20
        while "running\n" not in self.console.read_text():
            assert target.poll() is None and time.monotonic() < deadline, self.console.read_text()
            time.sleep(0.01)
        return target

    def stop(self):
        code = super().stop()
        for target in self.targets:
            target.terminate()
            target.wait(timeout=10)
        return code


def eventually(condition, seconds=5):
    """What `condition()` says once it is true, or at the end of the time."""
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return result


PICOS = {"virtual": VirtualPico, "micropython": MicroPythonPico}
Pico = PICOS[os.environ.get("PICOCTL_PICO", "virtual")]


@pytest.fixture
def folder():
    # A short path: a socket's is limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        yield pathlib.Path(name)


@pytest.fixture
def start(folder):
    """Starts Picos with options; all of them end with the test."""
    started = []

    def begin(*options, kind=Pico, **more):
        home = folder / str(len(started))
        home.mkdir()
        started.append(kind(home, *options, **more))
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
