"""i2cSlave: the forum's program loses no byte, on the link in C++ and on machine.I2CTarget alone."""
import bus_client
import pytest
from conftest import BOOT, HERE, ConsolePico

# As on stock MicroPython: there is no module in C++.
STOCK = BOOT + """
import sys
sys.modules["_picoctl"] = sys
"""


class ForumPico(ConsolePico):
    boot = BOOT


class StockForumPico(ConsolePico):
    boot = STOCK


def received(pico):
    return [int(word) for word in pico.console.read_text().split() if word.isdigit()]


@pytest.mark.parametrize("kind, speed", [
    (ForumPico, 100_000), (ForumPico, 400_000), (ForumPico, 1_000_000), (StockForumPico, 100_000)],
    ids=lambda value: getattr(value, "__name__", value))
def test_no_byte_is_lost(start, kind, speed):
    pico = start(kind=kind, program=HERE / "forum.py", speed=str(speed))
    sent = []
    with bus_client.Bus(pico.socket) as bus:
        for size in (1, 2, 15, 16, 17, 60, 100, 3):
            part = [(len(sent) + at) % 256 for at in range(size)]
            assert bus.transfer((0x41, part))[0] == 0
            sent += part
        answers = [bus.transfer((0x41, 4))[1] for _ in range(4)]
    pico.says(f"\n{sent[-3]}\n{sent[-2]}\n{sent[-1]}\n", 60)
    assert received(pico)[-len(sent):] == sent
    assert b"".join(bytes(answer) for answer in answers) == bytes(range(2, 18))
