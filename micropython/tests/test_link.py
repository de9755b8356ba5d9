"""A MicroPython Pico behind the virtual bus, as the Pi and the wires see it."""
import json
import os
import struct
import subprocess
import sys
import time

import bus_client
import pytest
from conftest import ROOT, SYSTEM, system

sys.path.insert(0, str(SYSTEM))
import by_hand  # noqa: E402

DEEP = os.environ.get("PICOCTL_DEEP") == "1"
PROGRAMS = ROOT / "micropython" / "tests" / "programs"
COLLECT_AFTER = "64"  # bytes: nearly every allocation collects garbage


def hammered(pico, first, count):
    done = pico.run(system.CALLER, "--timeout", system.DEADLINE, "hammer", first, count, timeout=500)
    assert done.returncode == 0, done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    assert told == [["done", str(token)] for token in range(first, first + count)]
    assert pico.executions() == {token: 1 for token in range(first, first + count)}


def test_many_commands_under_constant_garbage_collection(start):
    pico = start(kind=system.MicroPythonPico, PICOCTL_GC=COLLECT_AFTER)
    hammered(pico, 1, 10_000 if DEEP else 1000)


# A whole call is IDENTITY, HELLO, the command and BYE, each asked and polled: twelve transactions or
# a few more. Faults that come too late for one are pending then; that all twelve struck is asserted.
TRANSFERS = 12


@pytest.mark.parametrize("fault, values", [
    ("nack_address", {"value": 1}), ("skip_read", {}), ("lose_arbitration", {"value": 1}),
    ("busy", {"value": 1}), ("cut", {"value": 1}), ("cut", {"value": 2}), ("cut", {"value": 6}),
    ("flip_ack", {"value": 1}), ("flip_bit", {"value": 20}), ("flip_bit", {"value": 33}),
], ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())))
def test_a_fault_at_every_transaction_of_a_call(pico, fault, values):
    assert pico.picoctl("call", "light", "1", "on", "1").returncode == 0
    struck = 0
    for skip in range(TRANSFERS):
        token = 100 + skip
        pico.control(fault, skip=skip, **values)
        done = pico.picoctl("--address", "0x41", "call", "light", "1", "on", token)
        struck += pico.bus_report()["faults_pending"] == 0
        pico.control("clear")
        ran = pico.executions()[token]
        assert ran <= 1, f"{fault} at transfer {skip}"
        assert done.returncode == 0 and ran == 1, f"{fault} at transfer {skip}: {done.stderr}"
    assert struck >= 6


class Hand:
    """A session kept by hand, byte by byte, in which everything may be said twice."""

    def __init__(self, pico, times):
        self.bus = bus_client.Bus(pico.socket, bus_client.CONTROLLER)
        self.times = times
        _, data = self.bus.transfer((0x41, [0x80]), (0x41, 32))
        self.identity = by_hand.Identity(data)
        self.number = 0
        hello = by_hand.session_request(0x41, by_hand.HELLO, 0x1234)
        answer = self.exchange(hello, lambda data: data[:2] == b"\x83\xe0" and
                               data[6:10] == struct.pack("<I", 0x1234))
        self.slot = by_hand.session_reply(answer)["slot"]
        self.key = by_hand.key(self.identity, 0x1234, 0x41)

    def exchange(self, frame, is_mine):
        """Says it `times` over, and again when something else is shown: what was written into what
        the target had just copied is lost or refused."""
        for _ in range(50):
            for _ in range(self.times):
                assert self.bus.transfer((0x41, frame))[0] == 0
            for _ in range(50):
                _, data = self.bus.transfer((0x41, [0xD0]), (0x41, 48))
                if is_mine(data):
                    return data
                time.sleep(0.001)
        raise AssertionError("never answered")

    def light(self, command, token):
        self.number = self.number % 31 + 1 if self.number < 31 else 0
        frame = by_hand.wire.request(0x41, self.key, self.slot, self.number, command,
                                     struct.pack("<BBI", 1, 1, token))
        done = by_hand.wire.answer(0x41, self.key, "done", self.slot, self.number,
                                   self.identity.boot_id & 255, False, b"")
        self.exchange(frame, lambda data: data[:6] == done)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_everything_said_several_times_runs_once(pico, times):
    info = json.loads(pico.picoctl("--json", "info").stdout)
    light = next(row["number"] for row in info["commands"] if row["name"] == "light")
    hand = Hand(pico, times)
    for token in range(1, 41):
        hand.light(light, token)
    assert pico.executions() == {token: 1 for token in range(1, 41)}


def test_a_target_beside_other_tasks(start):
    pico = start(kind=system.MicroPythonPico, program=PROGRAMS / "tasks.py")
    counts = [json.loads(pico.picoctl("--json", "call", "ticks").stdout)["count"] for _ in range(3)]
    assert counts == sorted(counts) and 0 < counts[0] < counts[2], "both go on"


def test_a_target_in_a_loop_of_its_own(start):
    pico = start("--address", "0x42", kind=system.MicroPythonPico, program=PROGRAMS / "polling.py")
    done = pico.picoctl("--json", "call", "turns")
    assert done.returncode == 0 and json.loads(done.stdout)["count"] > 0


def test_the_pico_answers_reads_while_a_handler_blocks(pico):
    """The memory is served by the interrupt."""
    with subprocess.Popen([system.PICOCTL, "--timeout", "20", "call", "wait", "2000"], env=pico.env) as waiting:
        assert system.eventually(lambda: [command for _, command, _ in pico.journal()].count("wait"))
        with bus_client.Bus(pico.socket) as bus:
            error, data = bus.transfer((0x41, [0x80]), (0x41, 32))
        assert error == 0 and by_hand.Identity(data).slots == 7
        assert waiting.poll() is None, "it blocked all the while"
        assert waiting.wait(timeout=system.PATIENCE) == 0


def test_the_lock_by_which_controllers_take_turns_goes_with_the_bus(pico):
    assert pico.picoctl("call", "led", "1", "on").returncode == 0
    lock = pico.socket.with_name(pico.socket.name + ".lock")
    assert lock.exists() and lock.stat().st_mode & 0o077 == 0
    assert pico.stop() == 0
    assert not lock.exists() and not pico.socket.exists()


def test_a_refusal_reaches_the_caller_and_the_console(pico):
    done = pico.picoctl("call", "led", "9", "on")
    assert done.returncode == 1
    assert "lights are 0 to 3" in done.stderr
    assert system.eventually(lambda: "ValueError: lights are 0 to 3" in pico.console.read_text())
