"""Faults that a user may meet, end to end: damage, strangers, a Pico that goes away."""
import pathlib
import random
import re
import socket
import subprocess
import sys
import time

import pytest
from conftest import CALLER, ROOT

sys.path.insert(0, str(ROOT / "virtual" / "tests"))
import bus_client  # noqa: E402


def control(pico, fault, **values):
    with bus_client.Bus(pico.socket, bus_client.CONTROL_ROLE) as bus:
        assert bus.control(fault, **values) == 0


@pytest.mark.needs("light")
def test_a_flipped_bit_is_refused_and_the_command_runs_once(pico):
    done = pico.picoctl("trace", "--flip", "20", "--", "call", "light", "1", "on", "42")
    assert done.returncode == 0, done.stderr
    assert "BAD_FRAME" in done.stdout
    assert pico.executions() == {42: 1}


def test_a_pico_that_vanishes_before_the_call_is_reported(pico, caller, record_property):
    record_property("provokes", "no_answer")
    control(pico, "vanish", address=0x41)
    done = pico.picoctl("--address", "0x41", "call", "led", "1", "on")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "0x41" in done.stderr


@pytest.mark.needs("light")
def test_a_pico_that_vanishes_during_a_call_leaves_the_outcome_unknown(pico, record_property):
    record_property("provokes", "outcome_unknown")
    call = subprocess.Popen([CALLER, "hammer", "1", "100000"], env=pico.env, text=True,
                            stdout=subprocess.PIPE)
    for _ in range(20):
        assert call.stdout.readline().startswith("done ")
    control(pico, "vanish", address=0x41)
    told = next(line for line in call.stdout if not line.startswith("done "))
    call.kill()
    call.communicate()
    assert told.startswith("unknown ")
    control(pico, "restore", address=0x41)
    assert pico.run(CALLER, "call", "led", "1", "on").returncode == 0


@pytest.mark.needs("wait")
def test_a_handler_that_outlasts_the_deadline_is_still_running(pico, record_property):
    record_property("provokes", "still_running")
    done = pico.picoctl("--timeout", "0.3", "call", "wait", "1500")
    assert done.returncode == 5, done.stdout + done.stderr
    time.sleep(1.5)
    waits = [arguments for _, command, arguments in pico.journal() if command == "wait"]
    assert waits == [{"time": "1500"}], "it ran once"


def test_a_held_bus_is_named(pico, record_property):
    record_property("provokes", "bus_stuck")
    control(pico, "hold_sda", on=True)
    done = pico.picoctl("--address", "0x41", "call", "led", "1", "on")
    assert done.returncode == 3
    assert "held low" in done.stderr
    control(pico, "clear")
    assert pico.picoctl("call", "led", "1", "on").returncode == 0


class Stranger:
    """Another chip on the bus that acknowledges everything and remembers what it was sent."""

    PROGRAM = pathlib.Path(__file__).with_name("stranger.py")

    def __init__(self, pico, address):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", self.PROGRAM, pico.socket, hex(address)], text=True,
            stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        assert self.process.stdout.readline() == "attached\n"

    def bytes_received(self):
        self.process.stdin.close()
        return int(self.process.stdout.readline())


def test_scan_writes_nothing_to_strangers(pico):
    stranger = Stranger(pico, 0x20)
    done = pico.picoctl("scan")
    assert done.returncode == 0, done.stderr
    assert re.search(r"0x41\b", done.stdout) and re.search(r"0x20\b", done.stdout), done.stdout
    assert stranger.bytes_received() == 0


def test_a_stranger_at_a_named_address_is_not_a_pico(pico, record_property):
    record_property("provokes", "not_picoctl")
    stranger = Stranger(pico, 0x42)
    done = pico.picoctl("--address", "0x42", "call", "led", "1", "on")
    assert done.returncode == 3
    assert stranger.bytes_received() <= 3, "its register number only, three times at most"


@pytest.mark.needs("light")
def test_random_bytes_at_the_socket_harm_nobody(pico):

    chance = random.Random(7)
    for size in (1, 4, 5, 100, 5000):
        for _ in range(10):
            with socket.socket(socket.AF_UNIX) as raw:
                raw.connect(str(pico.socket))
                try:
                    raw.sendall(chance.randbytes(size))
                except BrokenPipeError:
                    pass
    assert pico.picoctl("call", "light", "1", "on", "5").returncode == 0
    assert pico.executions() == {5: 1}


@pytest.mark.needs("light")
def test_sessions_of_killed_programs_do_not_lock_others_out(pico):
    for number in range(9):
        client = subprocess.Popen([CALLER, "hammer", str(number * 1000), "1000"], env=pico.env,
                                  stdout=subprocess.PIPE, text=True)
        client.stdout.readline()
        client.kill()
        client.communicate()
    assert pico.run(CALLER, "call", "light", "1", "on", "999999").returncode == 0
