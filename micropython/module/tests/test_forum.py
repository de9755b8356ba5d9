"""i2cSlave: the forum's program loses no byte, on the link in C++ and on machine.I2CTarget alone."""
import bus_client
import emulated_micropython
import pytest
from conftest import HERE, ROOT, ConsolePico, system

CLASS = ROOT / "micropython" / "i2cSlave.py"


class ForumPico(ConsolePico):
    """picoctl's image, which has the class in it."""


class StockForumPico(ConsolePico):
    """MicroPython without picoctl, and the one file beside the program."""

    firmware = emulated_micropython.FIRMWARE
    boot = ""  # its REPL is on UART0 by itself

    def __init__(self, folder, *options, **more):
        super().__init__(folder, *options, files=(("i2cSlave.py", CLASS.read_text()),), **more)


def received(pico):
    return [int(word) for word in pico.console.read_text().split() if word.isdigit()]


@pytest.mark.parametrize("kind, speed", [
    (ForumPico, 100_000), (ForumPico, 400_000), (ForumPico, 1_000_000), (StockForumPico, 100_000), (StockForumPico, 400_000), (StockForumPico, 1_000_000)],
    ids=lambda value: getattr(value, "__name__", value))
def test_no_byte_is_lost(start, kind, speed):
    pico = start(kind=kind, program=HERE / "forum.py", speed=str(speed))
    sent = []
    with bus_client.Bus(pico.socket) as bus:
        for size in (1, 2, 15, 16, 17, 60, 100, 255, 255, 3):  # the last ones find the queue full
            part = [(len(sent) + at) % 256 for at in range(size)]
            assert bus.transfer((0x41, part))[0] == 0
            sent += part
        answers = [bus.transfer((0x41, 4))[1] for _ in range(4)]
    system.eventually(lambda: len(received(pico)) >= len(sent) and pico.console.read_text().endswith("\n"), 60)
    assert received(pico) == sent
    assert b"".join(bytes(answer) for answer in answers) == bytes(range(2, 18))
