"""What passes on the wires, seen by third parties: sigrok's decoder on the recorded VCD."""
import re
import subprocess

import pytest


def sigrok_bytes(trace):
    """Every transaction as text: "S W:41 a0 .. Sr R:41 .. P"."""
    done = subprocess.run(
        ["sigrok-cli", "-I", "vcd", "-i", trace, "-P", "i2c:scl=scl:sda=sda", "-A", "i2c=addr-data"],
        text=True, capture_output=True, timeout=120, check=True)
    words = []
    for line in done.stdout.splitlines():
        what = line.split(": ", 1)[1]
        if what in ("Start", "Start repeat", "Stop"):
            words.append({"Start": "S", "Start repeat": "Sr", "Stop": "P"}[what])
        elif match := re.fullmatch(r"(Address|Data) (write|read): ([0-9A-F]{2})", what):
            words.append(("W:" if match[2] == "write" else "R:") + match[3].lower()
                         if match[1] == "Address" else match[3].lower())
        elif what not in ("ACK", "NACK", "Write", "Read"):
            raise AssertionError(f"sigrok says {line}")
    return " ".join(words).replace("P S", "P\nS").split("\n")


def test_sigrok_decodes_exactly_what_was_sent(pico):
    """The last transactions of the session are those of the two plain accesses by hand."""
    for command in (["i2cset", "-y", "1", "0x41", "0x01", "0x01"],
                    ["i2ctransfer", "-y", "1", "w1@0x41", "0x01", "r1"]):
        assert pico.picoctl("run", "--", *command).returncode == 0
    assert pico.stop() == 0
    assert sigrok_bytes(pico.trace) == ["S W:41 01 01 P", "S W:41 01 Sr R:41 01 P"]


@pytest.mark.needs("answer at once")
def test_a_command_is_a_frame_and_its_answer(pico, caller):
    """In one transaction; with a mailbox in two, of which the second names the register."""
    caller.call(pico, "gpio.write_group", "0x0000e000", "0x0000a000")
    assert pico.stop() == 0
    frames = [line for line in sigrok_bytes(pico.trace) if "00 e0 00 00 00 a0 00 00" in line]
    assert len(frames) == 1, frames
    # Register, SEQ, LEN 8, CMD, eight bytes of arguments, CRC; then a head of six bytes.
    request = r"S W:41 a0 (\S\S) 08 \S\S 00 e0 00 00 00 a0 00 00 \S\S \S\S "
    answer = r"Sr R:41 83 {} 00 \S\S \S\S \S\S"
    if not pico.mailbox:
        assert re.fullmatch(request + answer.format(r"\1") + " P", frames[0]), frames[0]
        return
    sent = re.fullmatch(request + "P", frames[0])
    assert sent, frames[0]
    lines = sigrok_bytes(pico.trace)
    # More is read than a head: a refusal would have a payload.
    assert any(re.fullmatch("S W:41 d0 " + answer.format(sent[1]) + "( ff)* P", line)
               for line in lines[lines.index(frames[0]):]), lines
