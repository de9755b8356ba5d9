"""The link in C++ in a program's life: life.py is on the Pico, the Pi commands it."""
import json
import re
import struct
import subprocess
import sys

import bus_client
import pytest
from conftest import HERE, ROOT, ConsolePico, system

sys.path.insert(0, str(ROOT / "tests/system"))
import by_hand  # noqa: E402

PROGRAM = HERE / "life.py"
PATIENCE = "20"  # seconds: on a busy machine an emulated Pico is slow


@pytest.fixture
def pico(start):
    pico = start(kind=ConsolePico, program=PROGRAM)
    pico.says("running")
    return pico


def call(pico, *words):
    done = pico.picoctl("--json", "--timeout", PATIENCE, "call", *words)
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


def problem(pico, *words):
    done = pico.picoctl("--timeout", PATIENCE, "call", *words)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


def works(pico):
    pico.restarted_by("add 1 2")
    assert call(pico, "add", "40000", "40000") == {"sum": 80000}


def test_values_of_every_type_come_back(pico):
    words = ["255", "-128", "65535", "-32768", "4294967295", "-2147483648",
             "18446744073709551615", "-9223372036854775808", "1.5", "on", "0x01020304"]
    reply = call(pico, "many", *words)
    assert list(reply.values())[:8] == [int(word) for word in words[:8]]
    assert reply["i"] == 1.5 and reply["j"] is True
    reply = call(pico, "nested", "1,2,3", "-5,on")
    assert reply == {"a": [1, 2, 3], "b": {"x": -5, "y": "on"}}


def test_a_frame_is_full_length(pico):
    words = "ä" * 100
    assert call(pico, "text", words) == {"words": words}


def test_what_a_handler_raises_reaches_the_pi_and_the_repl(pico):
    for what, words in (("value", "no good"), ("error", "no paper"), ("os", "OSError: "),
                        ("memory", "MemoryError"), ("reply", "300 is no u8")):
        assert words in problem(pico, "raise", what)
    pico.says("ValueError: no good")
    assert "bad_arguments" not in problem(pico, "raise", "value")
    works(pico)


@pytest.mark.parametrize("what", ["ctrl_c", "exit"])
def test_what_ends_the_loop_ends_it_after_the_answer(pico, what):
    assert "the command ran and failed" in problem(pico, "raise", what)
    pico.says("ended: KeyboardInterrupt" if what == "ctrl_c" else "ended: SystemExit")
    works(pico)


def test_ctrl_c_at_the_console_ends_the_loop(pico):
    pico.type("\x03")
    pico.says("ended: KeyboardInterrupt")
    works(pico)


def test_ctrl_c_in_a_handler_is_the_commands_failure_and_ends_the_loop(pico):
    spinning = subprocess.Popen([system.PICOCTL, "--timeout", PATIENCE, "call", "spin"], env=pico.env,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    pico.says("spinning")
    pico.type("\x03")
    said = spinning.communicate(timeout=60)[0]
    assert spinning.returncode == 1 and "the command ran and failed" in said, said
    pico.says("ended: KeyboardInterrupt")
    works(pico)


def started_anew(pico, resets):
    """As often: the heap is a new one, and so is every name of the program's."""
    pico.says_often("MPY: soft reboot", resets)
    pico.says_often("running", resets + 1)
    works(pico)
    state = call(pico, "state")
    assert state["starts"] == 1
    return state["free"]


def test_soft_resets_leave_nothing_behind(pico):
    works(pico)
    free = {call(pico, "state")["free"]}
    for resets in range(1, 4):
        call(pico, "soft_reset")
        free.add(started_anew(pico, resets))
    assert max(free) - min(free) < 256, free


def session_by_hand(bus, nonce=0x1234):
    """(key, slot): one that lasts however long this machine takes over the next command."""
    identity = by_hand.Identity(bus.transfer((0x41, [0x80]), (0x41, 32))[1])
    bus.transfer((0x41, by_hand.session_request(0x41, by_hand.HELLO, nonce)))

    def reply():
        data = bus.transfer((0x41, [0xD0]), (0x41, 22))[1]
        said = by_hand.session_reply(data)
        return said if by_hand.state(data) == "done" and said["nonce"] == nonce else None

    return by_hand.key(identity, nonce, 0x41), system.eventually(reply)["slot"]


def test_ctrl_d_at_the_repl_while_the_link_is_on_and_a_command_waits(pico):
    works(pico)
    number = next(row["number"] for row in pico.info()["commands"] if row["name"] == "add")
    with bus_client.Bus(pico.socket) as bus:
        key, slot = session_by_hand(bus)
        call(pico, "quit")
        pico.says(">>> ")
        frame = by_hand.wire.request(0x41, key, slot, 1, number, struct.pack("<HH", 7, 7))
        answer = bus.transfer((0x41, frame), (0x41, 12))[1]
        assert by_hand.state(answer) == "pending", "nobody polls"
    pico.type("\x04")
    started_anew(pico, 1)
    ran = [arguments for _, command, arguments in pico.journal() if command == "add"]
    assert ran and {"a": "7", "b": "7"} not in ran, "what waited went with the heap"


def test_a_new_import_and_a_new_target(pico):
    for _ in range(5):
        call(pico, "import_again")
        works(pico)


def test_garbage_is_collected_meanwhile(pico):
    for _ in range(5):
        call(pico, "litter", "2000")
        works(pico)


def test_registers_are_the_links(pico):
    assert json.loads(pico.picoctl("--json", "get", "double").stdout)["values"] == {"double": -7}
    assert pico.picoctl("set", "speed", "1000").returncode == 0
    assert re.search(r"\b2000\b", pico.picoctl("get", "double").stdout)


def test_a_handler_cannot_poll(pico):
    assert "a handler cannot take the next command" in problem(pico, "poll_within")
    works(pico)


def test_a_handler_may_stop_the_link(pico):
    pico.picoctl("--timeout", "0.3", "call", "stop_within")  # nobody can ask for its answer
    works(pico)


@pytest.mark.parametrize("what", ["i2c", "target"])
def test_the_block_is_taken_away(pico, what):
    call(pico, "steal", what)
    pico.says("something else in this program has taken the I2C block")
    if what == "target":
        pico.says("refused: I2C0 belongs to a machine.I2CTarget of this program: call its deinit()")
    works(pico)
