"""sigrok reads what the recorder wrote, and finds exactly the bytes that were sent."""
import subprocess
import time

import pytest
from conftest import LIMIT, TESTD, need


def decoded(vcd):
    """The I2C decoder's lines, without its prefix."""
    sigrok = need("sigrok-cli")
    result = subprocess.run(
        [sigrok, "-I", "vcd", "-i", vcd, "-P", "i2c:scl=scl:sda=sda", "-A", "i2c=addr-data"],
        capture_output=True, text=True, timeout=LIMIT, check=True,
    )
    return [line.split(": ", 1)[1] for line in result.stdout.splitlines()]


def spelled(messages, acks=True):
    lines = []
    for number, (address, what, answer) in enumerate(messages):
        read = isinstance(what, int)
        way = "read" if read else "write"
        lines.append("Start repeat" if number else "Start")
        lines += [way.capitalize(), f"Address {way}: {address:02X}", "ACK"]
        data = answer if read else what
        for position, byte in enumerate(data):
            lines.append(f"Data {way}: {byte:02X}")
            lines.append("NACK" if read and position + 1 == len(data) else "ACK")
    return lines + ["Stop"]


@pytest.mark.parametrize("speed", [100_000, 400_000, 1_000_000])
def test_every_byte_is_decoded(start, tmp_path, speed):
    vcd = tmp_path / "bus.vcd"
    daemon = start("--vcd", str(vcd), "--speed", str(speed))
    data = bytes(range(0, 256, 5))
    with daemon.bus() as bus:
        assert bus.transfer((0x50, b"\x00" + data))[0] == 0
        assert bus.transfer((0x50, b"\x00"), (0x50, len(data))) == (0, data)
        assert bus.transfer((0x50, b""))[0] == 0
        assert bus.transfer((0x33, b"\x00"))[0] == 121
        assert bus.transfer((0x20, b"\xff"), (0x50, b"\x03"), (0x50, 2)) == (0, data[3:5])
    daemon.stop()
    expected = spelled([(0x50, b"\x00" + data, None)])
    expected += spelled([(0x50, b"\x00", None), (0x50, len(data), data)])
    expected += spelled([(0x50, b"", None)])
    expected += ["Start", "Write", "Address write: 33", "NACK", "Stop"]
    expected += spelled([(0x20, b"\xff", None), (0x50, b"\x03", None), (0x50, 2, data[3:5])])
    assert decoded(vcd) == expected


def test_a_flipped_bit_is_on_the_record(start, tmp_path):
    vcd = tmp_path / "bus.vcd"
    daemon = start("--vcd", str(vcd))
    with daemon.bus() as bus:
        assert bus.control("flip_bit", value=15) == 0
        assert bus.transfer((0x20, b"\x10"))[0] == 0
    daemon.stop()
    assert decoded(vcd) == spelled([(0x20, b"\x11", None)])


def test_the_clock_has_the_bus_s_speed(start, tmp_path):
    sigrok = need("sigrok-cli")
    vcd = tmp_path / "bus.vcd"
    daemon = start("--vcd", str(vcd), "--speed", "400000")
    with daemon.bus() as bus:
        bus.transfer((0x20, bytes(20)))
    daemon.stop()
    result = subprocess.run(
        [sigrok, "-I", "vcd", "-i", vcd, "-P", "timing:data=scl:edge=rising", "-A", "timing=time"],
        capture_output=True, text=True, timeout=LIMIT, check=True,
    )
    times = [line.split(": ")[1].split(" (")[0] for line in result.stdout.splitlines()]
    # Every bit but those next to START and STOP takes exactly 2.5 us.
    assert times[1:-1].count("2.500 μs") == len(times[1:-1]) > 150


def test_long_rests_cost_nothing(start, tmp_path):
    vcd = tmp_path / "bus.vcd"
    daemon = start("--vcd", str(vcd))
    with daemon.bus() as bus:
        bus.transfer((0x20, b"\x01"))
        time.sleep(0.1)  # the bus's clock goes on meanwhile
        bus.transfer((0x20, b"\x02"))
    daemon.stop()
    last = int(vcd.read_text().split("#")[-1])
    # Rest, transfer, rest, transfer, rest: 20 bit times each, in units of 10 ns.
    assert last == 5 * 20 * 1_000
    assert len(decoded(vcd)) == 14


def test_an_unwritable_recording_is_told(tmp_path):
    result = subprocess.run(
        [TESTD, tmp_path / "bus", "--vcd", tmp_path / "no" / "file.vcd"],
        capture_output=True, text=True, timeout=LIMIT,
    )
    assert result.returncode == 1
    assert "No such file or directory" in result.stderr
