"""i2c-tools, smbus and smbus2, unmodified, on the virtual bus as /dev/i2c-1: `picoctl run`."""
import json
import re

import by_hand
import pytest
from conftest import eventually

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that Debian's python3-smbus belongs to


def on_bus(pico, *command):
    done = pico.picoctl("run", "--", *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


def i2ctransfer(pico, *words):
    """Each read as bytes."""
    lines = on_bus(pico, "i2ctransfer", "-y", "1", *words).split("\n")
    return [bytes(int(word, 16) for word in line.split()) for line in lines if line]


def write_words(data, address="0x41"):
    return [f"w{len(data)}@{address}", *(f"0x{byte:02x}" for byte in data)]


def exchange(pico, frame, size, is_mine):
    """Sends a frame and reads its answer, as this Pico wants it done."""
    if not pico.mailbox:
        return i2ctransfer(pico, *write_words(frame), f"r{size}")[0]
    i2ctransfer(pico, *write_words(frame))
    assert eventually(lambda: i2ctransfer(pico, "w1@0x41", "0xa0", "r1") == [b"\xff"]), "it was taken"

    def answer():
        [data] = i2ctransfer(pico, "w1@0x41", "0xd0", f"r{size}")
        return data if is_mine(data) else None

    return eventually(answer)


# MicroPython leaves the block as it is after reset: it acknowledges the general call, address 0.
@pytest.mark.parametrize("mode", [
    [], ["-q"], ["-r"], pytest.param(["-a"], marks=pytest.mark.needs("no general call"))])
def test_i2cdetect_finds_it_and_runs_nothing(pico, mode):
    table = on_bus(pico, "i2cdetect", "-y", *mode, "1")
    found = re.findall(r"(?<=[ :])([0-9a-f]{2})(?= |$)", table.split("\n", 1)[1], re.M)
    assert found == ["41"], table
    assert pico.journal() == []
    assert pico.picoctl("call", "led", "1", "on").returncode == 0


def test_i2cdetect_lists_the_bus_and_what_it_can_do(pico):
    assert re.search(r"^i2c-1\s", on_bus(pico, "i2cdetect", "-l"), re.M)
    assert "I2C                              yes" in on_bus(pico, "i2cdetect", "-F", "1")


def test_i2cdump_reads_all_registers_and_runs_nothing(pico):
    table = on_bus(pico, "i2cdump", "-y", "1", "0x41", "b")
    rows = [line[4:51].split() for line in table.split("\n")[1:17]]
    dump = bytes(int(byte, 16) for row in rows for byte in row)
    assert len(dump) == 256
    assert pico.journal() == []
    declared = {register["number"] for register in pico.info()["registers"]}
    assert 1 in declared, "light 1"
    assert dump[:0x80] == bytes(0 if n in declared else 0xFF for n in range(0x80))
    assert by_hand.Identity(dump[0x80:0xA0]).slots == pico.info()["sessions"]
    assert dump[0xA0:0xD0] == b"\xff" * 0x30


def test_i2cset_and_i2cget_of_a_light(pico):
    on_bus(pico, "i2cset", "-y", "1", "0x41", "0x01", "0x01")
    assert on_bus(pico, "i2cget", "-y", "1", "0x41", "0x01") == "0x01\n"
    read = pico.picoctl("--json", "call", "gpio.read", "15").stdout
    assert json.loads(read) == {"on": True}
    commands = [(command, arguments) for _, command, arguments in pico.journal()]
    assert ("light1", {"value": "1"}) in commands


def test_i2cset_with_pec_is_refused(pico):
    """The PEC byte would fall into the next register: a write must fit registers exactly."""
    last = hex(max(register["number"] for register in pico.info()["registers"]))
    before = pico.journal()
    on_bus(pico, "i2cset", "-y", "1", "0x41", last, "0x01", "bp")
    # A mailbox obeys nothing of it either, but its memory shows the byte until its loop comes round.
    assert eventually(lambda: on_bus(pico, "i2cget", "-y", "1", "0x41", last) == "0x00\n")
    assert pico.journal() == before


@pytest.mark.needs("answer at once")  # the head is read in the transaction of the frame
def test_i2ctransfer_of_hand_made_frames_turns_on_a_light(pico):
    [data] = i2ctransfer(pico, "w1@0x41", "0x80", "r32")
    identity = by_hand.Identity(data)
    nonce = 0x12345678
    hello = by_hand.session_request(0x41, by_hand.HELLO, nonce)
    answer = exchange(pico, hello, 22, lambda data: by_hand.session_reply(data)["nonce"] == nonce)
    reply = by_hand.session_reply(answer)
    assert by_hand.state(answer) == "done" and reply["nonce"] == nonce and reply["status"] == 0

    info = pico.picoctl("--json", "info").stdout

    number = next(command["number"] for command in json.loads(info)["commands"]
                  if command["name"] == "led")
    key = by_hand.key(identity, nonce, 0x41)
    frame = by_hand.wire.request(0x41, key, reply["slot"], 1, number, bytes([1, 1]))
    wanted = by_hand.wire.answer(0x41, key, "done", reply["slot"], 1, identity.boot_id & 0xFF, False, b"")
    for _ in range(3):  # the same bytes again: answered, not run again
        assert exchange(pico, frame, 6, lambda data: data == wanted) == wanted
    assert pico.picoctl("call", "system.ping").returncode == 0, "behind them"
    assert [command for _, command, _ in pico.journal()].count("led") == 1


LIGHT = """
from {module} import SMBus
bus = SMBus(1)
bus.write_byte_data(0x41, 1, 1)
print(bus.read_byte_data(0x41, 1))
bus.close()
"""


@pytest.mark.parametrize("module", ["smbus2", "smbus"])
def test_the_same_light_from_python(pico, module):
    assert on_bus(pico, SYSTEM_PYTHON, "-c", LIGHT.format(module=module)) == "1\n"
    assert eventually(pico.journal), "its handler runs soon after"
    assert [(c, a) for _, c, a in pico.journal()] == [("light1", {"value": "1"})]


def test_python_reads_identity_in_one_transaction(pico):
    program = ("from smbus2 import SMBus, i2c_msg\n"
               "ask, answer = i2c_msg.write(0x41, [0x80]), i2c_msg.read(0x41, 32)\n"
               "with SMBus(1) as bus: bus.i2c_rdwr(ask, answer)\n"
               "print(bytes(answer).hex())")
    identity = by_hand.Identity(bytes.fromhex(on_bus(pico, SYSTEM_PYTHON, "-c", program).strip()))
    assert identity.max_request == pico.room


