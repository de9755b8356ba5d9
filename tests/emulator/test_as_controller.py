"""Emulated Picos as controllers on the virtual bus: what they command is there or not, beside other programs,
and however they end.
"""
import collections
import contextlib
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from conftest import FIRMWARE, PICOCTL, ROOT

sys.path.insert(0, str(ROOT / "virtual" / "tests"))
sys.path.insert(0, str(ROOT / "tests" / "system"))
import bus_client  # noqa: E402
import emulated_micropython  # noqa: E402

COMMANDER = FIRMWARE / "commander-pico.uf2"  # tests/emulator/commander
COMMANDS = 60
UNREACHABLE, USAGE = 3, 2
PATIENCE = 120  # seconds, for what takes some of them on a busy machine


class Program:
    """A picoctl that runs until it is told to end; what it says is collected."""

    def __init__(self, *words):
        self.said = collections.deque()
        self.news = threading.Condition()
        self.process = subprocess.Popen([PICOCTL, *words], text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.news:
                self.said.append(line.rstrip())
                self.news.notify_all()

    def text(self):
        return "\n".join(self.said)

    def wait_for(self, words):
        """The line that holds them."""
        def found():
            return next((line for line in list(self.said) if words in line), None)
        with self.news:
            there = self.news.wait_for(found, PATIENCE)
        assert there, self.text()
        return found()

    def kill(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=PATIENCE)
        self.reader.join(timeout=PATIENCE)
        self.process.stdout.close()
        return code


class Bench:
    """A virtual Pico at 0x41 on a bus that emulated ones join."""

    def __init__(self, folder):
        self.socket = folder / "bus"
        self.journal = folder / "journal"
        self.programs = []
        self.wires = folder / "wires.vcd"
        self.server = self.start("--journal", self.journal, "--trace", self.wires)
        self.server.wait_for("listening")

    def start(self, *words):
        program = Program("virtual", "--listen", self.socket, *words)
        self.programs.append(program)
        return program

    def join(self, image):
        program = self.start("--join", image)
        program.wait_for(f"joined {self.socket}")
        return program

    def call(self, *words):
        done = subprocess.run([PICOCTL, "--bus", f"virtual:{self.socket}", "call", *words], text=True,
                              capture_output=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def connect(self, roles=bus_client.CONTROLLER):
        return bus_client.Bus(self.socket, roles, timeout=PATIENCE)

    def ran(self):
        """The numbers that were echoed."""
        return [int(data, 16) for data in re.findall(r"system.echo data=(\w+)", self.journal.read_text())]

    def end(self):
        while self.programs:
            self.programs.pop().kill()


@pytest.fixture
def bench():
    with tempfile.TemporaryDirectory(prefix="pc") as name:
        one = Bench(pathlib.Path(name))
        yield one
        one.end()


def test_an_sdk_program_commands_a_virtual_pico_and_everything_is_seen(bench):
    with bench.connect(bus_client.OBSERVER) as observer:
        commander = bench.join(COMMANDER)
        assert commander.wait_for("done") == f"done {COMMANDS} of {COMMANDS}"
        assert commander.wait_for("nobody") == "nobody: -1"
        assert bench.ran() == list(range(COMMANDS))
        _, error, events = observer.next_transfer()
        assert (error, bus_client.bytes_of(events)) == (121, "S 44 n P")
        _, error, events = observer.next_transfer()
        assert error == 0
        assert bus_client.bytes_of(events).startswith("S 82 a 80 a Sr 83 a f0 a 50 a 43 a")
    bench.end()
    done = subprocess.run(["sigrok-cli", "-I", "vcd", "-i", bench.wires, "-P", "i2c:scl=scl:sda=sda", "-A", "i2c=addr-data"],
                          text=True, capture_output=True, timeout=PATIENCE)
    assert done.stderr == ""
    assert done.stdout.count("Start repeat") == done.stdout.count("Address read: 41") >= COMMANDS


class Host:
    """Reads who the Pico is, again and again, and whether it is always the same."""

    def __init__(self, bench):
        self.bench = bench
        self.done = threading.Event()
        self.problems = []
        self.ids = []
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        with self.bench.connect() as bus:
            first = bus.transfer((0x41, b"\x80"), (0x41, 32))
            while not self.done.is_set():
                again = bus.transfer((0x41, b"\x80"), (0x41, 32))
                self.ids.append(bus.id)
                if again != first or again[0] != 0:
                    self.problems.append(again)

    def end(self):
        self.done.set()
        self.thread.join(timeout=PATIENCE)


class Watcher:
    """Notes the transactions with which the commander sends a number."""
    ECHO = re.compile(r"S 82 a a0 a .. a 05 a 04 a 04 a 00 a 00 a 00 a")

    def __init__(self, bench):
        self.last = 0
        self.commanded = []
        self.observer = bench.connect(bus_client.OBSERVER)
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        with contextlib.suppress(EOFError, ConnectionError):  # until the bus ends
            while True:
                self.note(*self.observer.next_transfer())

    def note(self, number, _, events):
        if number == "note":
            return
        if self.ECHO.match(bus_client.bytes_of(events)):
            self.commanded.append(number)
        self.last = number

    def until(self, number):
        end = time.monotonic() + PATIENCE
        while self.last < number:
            assert time.monotonic() < end
            time.sleep(0.01)
        return self.commanded


def test_programs_of_the_pi_and_an_emulated_controller_share_the_bus(bench):
    watcher = Watcher(bench)
    host = Host(bench)
    commander = bench.start("--join", COMMANDER)
    mine = list(range(0x1000, 0x1008))
    for number in mine:
        bench.call("system.echo", f"0x{number:08x}")
    assert commander.wait_for("done") == f"done {COMMANDS} of {COMMANDS}"
    host.end()
    assert host.problems == []
    ran = bench.ran()
    assert [number for number in ran if number < 0x1000] == list(range(COMMANDS))
    assert [number for number in ran if number >= 0x1000] == mine
    commanded = watcher.until(host.ids[-1])
    reads = [number for number in host.ids if commanded[0] < number < commanded[-1]]
    print(f"{len(reads)} reads by the host between {len(commanded)} frames of the emulated controller")
    assert len(commanded) >= COMMANDS and reads


class Target:
    """At 0x55 on the bus: acknowledges everything, and says when a controller has come to it."""

    def __init__(self, bench):
        self.bus = bench.connect(bus_client.TARGET)
        assert self.bus.attach(0x55) == 0

    def next(self):
        sequence, kind, value, _ = self.bus.next_event()
        if kind in ("start", "write"):
            self.bus.send(bus_client.answer(sequence, 1))
        return kind, value


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP, None], ids=["killed", "stopped", "holding on"])
def test_a_controller_that_goes_no_further_frees_the_bus(bench, images, end):
    target = Target(bench)
    holder = bench.start("--join", images / "holds.bin")
    assert [target.next() for _ in range(2)] == [("start", 0xAA), ("write", 0x12)]
    emulator = holder.process.pid
    if end is not None:
        os.kill(emulator, end)
    assert target.next() == ("stop", 0)
    bench.call("system.echo", "0x00000001")
    if end is signal.SIGSTOP:
        os.kill(emulator, signal.SIGCONT)
    target.bus.close()
    assert bench.ran() == [1]


def test_a_target_that_goes_away_amid_a_byte_is_a_nack(bench, images):
    target = Target(bench)
    with bench.connect(bus_client.OBSERVER) as observer:
        bench.start("--join", images / "holds.bin")
        assert target.next() == ("start", 0xAA)
        assert target.bus.next_event()[1] == "write"
        target.bus.close()
        _, error, events = observer.next_transfer()
        assert (error, bus_client.bytes_of(events)) == (121, "S aa a 12 n P")


MICROPYTHON = """\
from machine import I2C, Pin
i2c = I2C(0, sda=Pin(4), scl=Pin(5), freq=400_000)
print("scan", i2c.scan())
print("identity", i2c.readfrom_mem(0x41, 0x80, 3))
try:
    i2c.writeto(0x22, b"1")
except OSError as problem:
    print("nobody", problem.errno)
"""


def test_stock_micropython_scans_and_reads(bench, tmp_path):
    main = tmp_path / "main.py"
    main.write_text(MICROPYTHON)
    pico = bench.join(emulated_micropython.kept(emulated_micropython.FIRMWARE, {"main.py": main}))
    pico.wait_for("nobody 5")
    assert pico.wait_for("scan") == "scan [65]"
    assert pico.wait_for("identity").startswith("identity b'\\xf0PC")


def test_two_emulated_picos_on_a_bus_of_their_own(images):
    """No --join: a controller and picoctl's image on one command line."""
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        both = Program("virtual", "--listen", f"{folder}/bus", FIRMWARE / "picoctl-pico.uf2", COMMANDER)
        try:
            both.wait_for("listening")
            assert f"done {COMMANDS} of {COMMANDS}" in both.wait_for("done")
        finally:
            assert both.kill() == 0


def test_a_controller_that_commands_nobody_is_there_too(images):
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        alone = Program("virtual", "--listen", f"{folder}/bus", images / "controller.bin")
        try:
            alone.wait_for("listening")
            alone.wait_for("it answers at no address")
        finally:
            assert alone.kill() == 0


def test_a_bus_that_goes_ends_who_has_joined_it(bench, images):
    joined = bench.join(images / "controller.bin")
    bench.server.kill()
    assert joined.process.wait(timeout=PATIENCE) == UNREACHABLE
    joined.wait_for("no virtual bus is listening there")


def test_a_bus_of_an_older_release_is_named(images):
    with tempfile.TemporaryDirectory(prefix="pc") as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/bus")
        server.listen(4)
        server.settimeout(PATIENCE)
        joining = Program("virtual", "--listen", f"{folder}/bus", "--join", images / "controller.bin")
        server.accept()[0].close()  # by which picoctl looks whether somebody listens
        connection, _ = server.accept()
        with connection:
            connection.settimeout(PATIENCE)
            assert connection.recv(100)
            body = struct.pack("<HH", 1, 71) + bus_client.text("hello names no role, or one that does not exist")
            connection.sendall(bus_client.frame(bus_client.REFUSED, body))
            assert joining.process.wait(timeout=PATIENCE) == UNREACHABLE
        joining.wait_for("another version")
        joining.wait_for("hello names no role")
        joining.kill()


@pytest.mark.parametrize("words, code", [
    ([], USAGE), (["--speed", "100000", "IMAGE"], USAGE), (["--trace", "FILE", "IMAGE"], USAGE),
    (["--controller", "pi5", "IMAGE"], USAGE), (["IMAGE"], UNREACHABLE)])
def test_what_cannot_join(images, tmp_path, words, code):
    places = {"IMAGE": images / "controller.bin", "FILE": tmp_path / "wires.vcd"}
    done = subprocess.run([PICOCTL, "virtual", "--join", "--listen", tmp_path / "bus",
                           *[places.get(word, word) for word in words]], text=True, capture_output=True,
                          timeout=PATIENCE)
    assert done.returncode == code, done.stderr
    assert "what to do:" in done.stderr or "To do:" in done.stderr
