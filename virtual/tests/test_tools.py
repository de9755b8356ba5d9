"""i2c-tools, unmodified, on the virtual bus."""
import os
import re
import subprocess

import pytest
from conftest import SHIM, need

GRID_ALL = range(0x00, 0x80)
GRID_SAFE = range(0x08, 0x78)


def found(picture):
    """The addresses that i2cdetect's table shows."""
    addresses = []
    for row in picture.splitlines()[1:]:
        high = int(row[:2], 16)
        for column in range(16):
            cell = row[4 + 3 * column : 6 + 3 * column]
            if re.fullmatch("[0-9a-f]{2}", cell):
                assert int(cell, 16) == high + column
                addresses.append(high + column)
    return addresses


def probed(picture):
    return sum(len(re.findall("--|[0-9a-f]{2}(?!:)", row[4:])) for row in picture.splitlines()[1:])


def test_list_names_the_bus(daemon):
    need("i2cdetect")
    assert daemon.run("i2cdetect", "-l").stdout == (
        "i2c-1\ti2c       \tpicoctl virtual bus             \tI2C adapter\n"
    )


def test_functions_are_those_of_the_pi(daemon):
    need("i2cdetect")
    lines = daemon.run("i2cdetect", "-F", "1").stdout.splitlines()[1:]
    missing = [line.rsplit(None, 1)[0].strip() for line in lines if line.endswith("no")]
    # i2c-tools 4.4 names three more things that no Pi has.
    assert missing in (["SMBus Block Read", "SMBus Block Process Call"],
                       ["SMBus Block Read", "SMBus Block Process Call", "SMBus Host Notify",
                        "10-bit addressing", "Target mode"])


@pytest.mark.parametrize("mode", [[], ["-q"], ["-r"]])
@pytest.mark.parametrize("everywhere", [[], ["-a"]])
def test_detect_finds_both_and_touches_nothing(daemon, mode, everywhere):
    need("i2cdetect")
    picture = daemon.run("i2cdetect", "-y", *mode, *everywhere, "1").stdout
    assert found(picture) == [0x20, 0x50]
    assert probed(picture) == len(GRID_ALL if everywhere else GRID_SAFE)
    assert daemon.stop()["port_bytes"] == 0


def test_detect_on_part_of_the_bus(daemon):
    need("i2cdetect")
    assert found(daemon.run("i2cdetect", "-y", "1", "0x40", "0x5f").stdout) == [0x50]


def test_no_such_bus(daemon):
    need("i2cdetect")
    result = daemon.run("i2cdetect", "-y", "2", check=False)
    assert result.returncode == 1
    assert "Could not open file `/dev/i2c-2'" in result.stderr


def test_another_bus_number(daemon):
    need("i2cget")
    assert daemon.run("i2cget", "-y", "7", "0x50", "1", PICOCTL_SHIM_BUS="7").stdout == "0x00\n"
    assert daemon.run("i2cget", "-y", "1", "0x50", "1", check=False, PICOCTL_SHIM_BUS="7").returncode


def test_set_and_get_in_every_mode(daemon):
    need("i2cset")
    daemon.run("i2cset", "-y", "1", "0x50", "0x10", "0xab")
    assert daemon.run("i2cget", "-y", "1", "0x50", "0x10").stdout == "0xab\n"
    daemon.run("i2cset", "-y", "1", "0x50", "0x12", "0x1234", "w")
    assert daemon.run("i2cget", "-y", "1", "0x50", "0x12", "w").stdout == "0x1234\n"
    daemon.run("i2cset", "-y", "1", "0x50", "0x20", "1", "2", "3", "i")
    assert daemon.run("i2cget", "-y", "1", "0x50", "0x20", "i", "4").stdout == "0x01 0x02 0x03 0x00\n"
    daemon.run("i2cset", "-y", "1", "0x50", "0x30", "9", "8", "s")
    assert daemon.run("i2cget", "-y", "1", "0x50", "0x30", "i", "3").stdout == "0x02 0x09 0x08\n"
    daemon.run("i2cset", "-y", "1", "0x50", "0x10", "c")
    assert daemon.run("i2cget", "-y", "1", "0x50").stdout == "0xab\n"
    daemon.run("i2cset", "-y", "-m", "0x0f", "1", "0x50", "0x10", "0x04")
    assert daemon.run("i2cget", "-y", "1", "0x50", "0x10").stdout == "0xa4\n"


def test_set_with_pec_appends_the_check_byte(daemon):
    need("i2cset")
    with daemon.observer() as observer:
        daemon.run("i2cset", "-y", "1", "0x50", "0x40", "0x55", "bp")
        _, _, events = observer.next_transfer()
    # CRC-8 (0x07) over a0 40 55.
    crc = 0
    for byte in (0xA0, 0x40, 0x55):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1 & 0xFF
    assert [event[2] for event in events if event[1] in (3, 4)] == [0xA0, 0x40, 0x55, crc]


@pytest.mark.parametrize("mode", ["b", "w", "c", "i"])
def test_dump_shows_all_256_registers(daemon, mode):
    need("i2cdump")
    with daemon.bus() as bus:
        for start in range(0, 256, 64):
            values = bytes((start + i) * 37 & 0xFF for i in range(64))
            assert bus.transfer((0x50, bytes([start]) + values))[0] == 0
        bus.transfer((0x50, b"\x00"))
    picture = daemon.run("i2cdump", "-y", "1", "0x50", mode).stdout
    if mode == "w":
        cells = [cell for row in picture.splitlines()[1:] for cell in row[4:].split()]
        shown = [int(cell, 16) & 0xFF for cell in cells]
    else:
        cells = [cell for row in picture.splitlines()[1:] for cell in row[4:51].split()]
        shown = [int(cell, 16) for cell in cells]
    assert shown == [i * 37 & 0xFF for i in range(256)]


def test_dump_of_smbus_blocks_is_refused_as_on_a_pi(daemon):
    need("i2cdump")
    result = daemon.run("i2cdump", "-y", "1", "0x50", "s", check=False)
    assert result.returncode == 1
    # i2c-tools 4.3 asks the adapter; 4.4 has given the mode up.
    assert "does not have SMBus block read capability" in result.stderr or (
        "block mode is no longer supported" in result.stderr)


def test_transfer_of_hand_made_messages(daemon):
    need("i2ctransfer")
    daemon.run("i2ctransfer", "-y", "1", "w4@0x50", "0x80", "1", "2", "3")
    got = daemon.run("i2ctransfer", "-y", "1", "w1@0x50", "0x81", "r2")
    assert got.stdout == "0x02 0x03\n"
    with daemon.observer() as observer:
        daemon.run("i2ctransfer", "-y", "1", "w1@0x20", "0x0f", "w1@0x50", "0x00", "r1")
        _, error, events = observer.next_transfer()
    assert error == 0
    kinds = [event[1] for event in events]
    assert kinds == [1, 3, 4, 2, 3, 4, 2, 3, 4, 5]


def test_transfer_that_a_pi_cannot_do(daemon):
    need("i2ctransfer")
    result = daemon.run("i2ctransfer", "-y", "1", "r1@0x50", "w1@0x50", "0", check=False)
    assert result.returncode == 1
    assert "Operation not supported" in result.stderr


def test_transfer_that_a_pi_5_can_do(start):
    need("i2ctransfer")
    pi5 = start("--any-mix")
    assert pi5.run("i2ctransfer", "-y", "1", "r1@0x50", "w1@0x50", "0").stdout == "0x00\n"


def test_nobody_there(daemon):
    need("i2cget")
    result = daemon.run("i2cget", "-y", "1", "0x33", "0", check=False)
    assert (result.returncode, result.stderr) == (2, "Error: Read failed\n")
    result = daemon.run("i2ctransfer", "-y", "1", "w1@0x33", "0", check=False)
    assert "Remote I/O error" in result.stderr


def test_shell_globs_and_coreutils_see_the_device(daemon):
    shown = daemon.run(
        "bash", "-c", "echo /dev/i2c-*; cat /sys/class/i2c-dev/i2c-1/name; test -c /dev/i2c-1 && echo yes"
    )
    assert shown.stdout == "/dev/i2c-1\npicoctl virtual bus\nyes\n"
    assert daemon.run("stat", "-c", "%F %t:%T", "/dev/i2c-1").stdout == "character special file 59:1\n"


def test_without_a_socket_the_shim_does_nothing(daemon):
    need("i2cdetect")
    result = daemon.run("ls", "/dev/i2c-1", check=False, PICOCTL_SHIM_SOCKET="")
    assert (result.returncode == 0) == os.path.exists("/dev/i2c-1")


def test_the_shim_needs_nothing_but_libc():
    need("readelf")
    shown = subprocess.run(["readelf", "-d", SHIM], capture_output=True, text=True, check=True)
    needed = re.findall(r"NEEDED.*\[(.*?)\.so", shown.stdout)
    assert set(needed) <= {"libc", "libdl", "ld-linux-aarch64", "ld-linux-armhf"}
