"""What the system tests stand on: a virtual Pico of its own for each test, and callers.

PICOCTL_BUILD names the build directory; PICOCTL_PYTHON the folder with the Python package, if it was
built elsewhere: a Python that no sanitizer guards cannot load a module that one does. The tests
speak to whatever answers on the bus that the `pico` fixture gives; nothing in them knows that it is
virtual but that fixture.

PICOCTL_PICO=micropython puts another Pico behind the same bus: MicroPython's unix port with the
library of micropython/picoctl and the program micropython/tests/standard.py. It is a mailbox target:
a command takes two transactions, and frames are shorter. Tests ask `pico.mailbox` and `pico.room`
where that matters, and for nothing else.

PICOCTL_PICO=emulated-micropython is an emulated Pico with MicroPython, unpatched, on whose flash that library
and program were put over the raw REPL; the program prints its journal.

PICOCTL_PICO=emulated is an emulated Pico that runs the image PICOCTL_IMAGE, as it is flashed, on a bus
of PICOCTL_SPEED Hz.

PICOCTL_WARM names a folder for their warm starts: of the Picos with the same flash only the first one starts its
MicroPython from the reset on.

PICOCTL_PICO=module is an emulated Pico with picoctl's own MicroPython image: module_pico.py.

Tests that are marked as needing what the Pico lacks are left out, and are counted nowhere.
"""
import collections
import functools
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "virtual" / "tests"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import bus_client  # noqa: E402
import emulated_micropython  # noqa: E402
import module_pico  # noqa: E402

BUILD = pathlib.Path(os.environ.get("PICOCTL_BUILD", ROOT / "build"))
PICOCTL = BUILD / "bin" / "picoctl"
VIRTUAL = BUILD / "bin" / "picoctl-virtual"
IMAGE = os.environ.get("PICOCTL_IMAGE")
WARM = os.environ.get("PICOCTL_WARM")
CALLER = BUILD / "tests" / "caller"
PACKAGE = pathlib.Path(os.environ.get("PICOCTL_PYTHON", BUILD / "python"))
PYTHON = "/usr/bin/python3"
DEEP = bool(os.environ.get("PICOCTL_DEEP"))
PATIENCE = 60  # seconds: a bound for what should take a moment, on a machine that is busy with other things
DEADLINE = 20  # seconds, of a command that is to be done: its usual second is no promise of a busy machine's
HERE = pathlib.Path(__file__).parent
MICROPYTHON = ROOT / "build" / "micropython" / "micropython"
LIBRARY = ROOT / "micropython"


class VirtualPico:
    """picoctl-virtual on a socket of its own, with journal and trace."""

    mailbox = False
    room = 240  # bytes of payload of the longest request
    board = "virtual"
    slowness = 1  # how long a command takes
    affords = 10_000  # commands in one test
    rounds = 6  # of clients that are killed
    sweep_cases = 150  # of test_sweep.py
    program = (VIRTUAL,)
    options = ()
    errors = None  # where its standard error goes
    keyboard = None  # where its standard input comes from

    @classmethod
    def lacks(cls, _needs):
        """Which of these things a test has to do without."""
        return set()

    def __init__(self, folder, *options):
        self.socket = folder / "bus.sock"
        self.journal_path = folder / "journal"
        self.trace = folder / "trace.vcd"
        self.process = subprocess.Popen(
            [*self.program, "--listen", self.socket, "--journal", self.journal_path,
             "--trace", self.trace, *self.options, *options],
            stdin=self.keyboard, stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.process.stdout.readline()
        assert line == f"listening {self.socket}\n", line
        self.env = {**os.environ, "PICOCTL_BUS": f"virtual:{self.socket}",
                    "PICOCTL": str(PICOCTL), "PYTHONPATH": str(PACKAGE)}

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def answers_again(self):
        """Waits until it answers again. Nobody is at the address meanwhile, and a call that meets nobody there
        and a Pico without its session then cannot know whether it ran."""
        assert eventually(lambda: self.picoctl("call", "system.ping").returncode == 0)

    def journal_lines(self):
        """TIME COMMAND ARGUMENT=VALUE…; with several Picos an address stands before COMMAND."""
        return self.journal_path.read_text().splitlines()

    def journal(self):
        """One (time, command, {argument: value}) per execution."""
        entries = []
        for line in self.journal_lines():
            time, command, *arguments = line.split(" ")
            entries.append((float(time), command, dict(a.split("=", 1) for a in arguments)))
        return entries

    def executions(self):
        """How often each token ran: of system.echo, see echo(), and of the virtual Pico's `light`."""
        runs = collections.Counter()
        for _, command, arguments in self.journal():
            if command == "system.echo":
                runs[int(arguments["data"], 16)] += 1
            elif "token" in arguments:
                runs[int(arguments["token"])] += 1
        return runs

    def info(self):
        """What it says of itself."""
        done = self.picoctl("--json", "info")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def run(self, *command, **options):
        options.setdefault("timeout", 2 * PATIENCE)
        return subprocess.run([str(part) for part in command], env=self.env, text=True,
                              capture_output=True, **options)

    def picoctl(self, *arguments, **options):
        deadline = [] if "--timeout" in arguments else ["--timeout", DEADLINE]
        return self.run(PICOCTL, *deadline, *arguments, **options)

    def control(self, fault, **values):
        """Something goes wrong on the bus: see socket/FORMAT.md."""
        with bus_client.Bus(self.socket, bus_client.CONTROL_ROLE) as bus:
            assert bus.control(fault, **values) == 0

    def bus_report(self):
        """{name: figure} of what the bus has seen."""
        with bus_client.Bus(self.socket, bus_client.CONTROL_ROLE) as bus:
            return bus.query()


class MicroPythonPico(VirtualPico):
    """The same bus, and MicroPython on it: one process for each address."""

    mailbox = True
    room = 42
    options = ("--no-pico",)

    @classmethod
    def lacks(cls, needs):
        return needs & {"one transaction", "hang", "reset", "wires", "moves", "failsafe"}

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
        deadline = time.monotonic() + PATIENCE
        while "running\n" not in self.console.read_text():
            assert target.poll() is None and time.monotonic() < deadline, self.console.read_text()
            time.sleep(0.01)
        return target

    def stop(self):
        code = super().stop()
        for target in self.targets:
            target.terminate()
            target.wait(timeout=PATIENCE)
        return code


class EmulatedPico(VirtualPico):
    """`picoctl virtual IMAGE`."""

    board = "pico"
    slowness = 6
    affords = 10_000 if DEEP else 100
    rounds = 6 if DEEP else 3
    sweep_cases = 40
    program = (PICOCTL, "virtual", IMAGE)
    # Without a choice, a Pi's default.
    options = ("--speed", os.environ.get("PICOCTL_SPEED", "100000"))
    # A program in MicroPython takes two seconds of the Pico's time to be a target; one in C++ a millisecond.
    warm = ("--warm", WARM) if WARM else ()

    @classmethod
    def lacks(cls, needs):
        """Commands that only a program made for tests has."""
        return set() if "system-test" in str(IMAGE) else needs & {"light", "hang", "failsafe"}

    @functools.cached_property
    def room(self):
        return self.info()["max_request"]


class EmulatedMicroPythonPico(EmulatedPico):
    """Its program says on its console what it runs: see micropython/tests/standard.py."""

    mailbox = True
    room = 42
    affords = 10_000 if DEEP else 40

    @classmethod
    def lacks(cls, needs):
        return needs & {"one transaction", "hang", "sweep", "lets go", "no general call", "moves",
                        "failsafe"}

    def __init__(self, folder, *options):
        addresses = [value for name, value in zip(options, options[1:]) if name == "--address"]
        flashes = [emulated_micropython.flash_at(address) for address in addresses or ["0x41"]]
        self.program = (PICOCTL, "virtual", *self.warm, *flashes)
        self.console = folder / "console"
        with self.console.open("w") as self.errors:
            super().__init__(folder)

    def journal_lines(self):
        text = self.console.read_text()
        while text != (text := self.settled()):
            pass
        found = re.findall(r"^(0x..)?(?:: )?journal: (.*)", text, re.M)
        return [" ".join(word for word in ("0", *line) if word) for line in found]

    def settled(self):
        """What has been printed, some bytes of which may still be on their way."""
        time.sleep(0.1)
        return self.console.read_text()


def pytest_configure(config):
    config.addinivalue_line("markers", "needs(what): \"one transaction\" for a command and its "
                            "answer; \"hang\", a command; \"reset\", \"wires\" and \"sweep\", what can be "
                            "done to it")
    config.addinivalue_line("markers", "core: from every language, to every Pico, in each run of ./check")


def pytest_collection_modifyitems(config, items):
    """A Pico that lacks what a test is about cannot take it: those tests are left out."""
    needs = {item: {what for mark in item.iter_markers("needs") for what in mark.args}
             for item in items}
    no_sweep = set() if os.environ.get("PICOCTL_SWEEP") else {"sweep"}  # no program was given for it
    left_out = [item for item in items if Pico.lacks(needs[item]) | needs[item] & no_sweep]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def eventually(condition, seconds=PATIENCE):
    """What `condition()` says once it is true, or at the end of the time."""
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return result


def token(number):
    """The argument of a system.echo that the journal knows again, as callers take it."""
    return f"0x{number:08x}"


def echo(caller, pico, number):
    caller.call(pico, "system.echo", token(number))


PICOS = {"virtual": VirtualPico, "micropython": MicroPythonPico, "emulated": EmulatedPico,
         "emulated-micropython": EmulatedMicroPythonPico,
         "module": module_pico.kind_of(EmulatedPico, PICOCTL)}
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
    """One way to command a Pico: the same verbs, whatever the language."""

    PROGRAMS = {"cpp": [CALLER], "python": [PYTHON, HERE / "caller.py"],
                "shell": [HERE / "caller.sh"]}

    def __init__(self, name):
        self.name = name
        self.started = []
        if name == "python":
            assert (PACKAGE / "picoctl").is_dir(), f"the Python package is not built: no {PACKAGE}"

    def command(self, *words, address=None, timeout=DEADLINE):
        options = []
        for option, value in (("--address", address), ("--timeout", timeout)):
            options += [option, value] if value is not None else []
        return [str(word) for word in [*self.PROGRAMS[self.name], *options, *words]]

    def call(self, pico, name, *arguments):
        """The reply, or None for a command without one."""
        done = self.raw(pico, "call", name, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def raw(self, pico, *words, **options):
        return pico.run(*self.command(*words, **options))

    def many(self, count):
        """How many commands a test can afford: in a shell each is a program of its own."""
        return min(count, 20 if self.name == "shell" else Pico.affords)

    def hammer(self, pico, first, count):
        """One echo() after the other, each with its own token; one line of what became of it."""
        self.started.append(subprocess.Popen(
            self.command("hammer", first, count), env=pico.env, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, start_new_session=True))
        return self.started[-1]

    @staticmethod
    def kill(client):
        """At once, with all that it has started."""
        if client.poll() is None:
            os.killpg(client.pid, signal.SIGKILL)


@pytest.fixture(params=Caller.PROGRAMS)
def caller(request):
    one = Caller(request.param)
    yield one
    for client in one.started:
        one.kill(client)
        client.wait(timeout=PATIENCE)
        client.stdout.close()
