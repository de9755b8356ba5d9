"""The shim against an independent stand-in for /dev/i2c-1: the same programs, the same output."""
import subprocess

import pytest
from conftest import BUILD, LIMIT, need

COMMANDS = """
i2cdetect -l
i2cdetect -F 1
i2cdetect -y 1
i2cdetect -y -q 1
i2cdetect -y -r -a 1
i2cset -y 1 0x50 0x10 0xab; i2cget -y 1 0x50 0x10
i2cset -y 1 0x50 0x12 0x1234 w; i2cget -y 1 0x50 0x12 w
i2cset -y 1 0x50 0x20 1 2 3 i; i2cget -y 1 0x50 0x20 i 4
i2cset -y 1 0x50 0x30 9 8 s; i2cget -y 1 0x50 0x30 i 3
i2cset -y 1 0x50 0x10 c; i2cget -y 1 0x50
i2cdump -y 1 0x50 b
i2cdump -y 1 0x50 w
i2cdump -y 1 0x50 c
i2cdump -y 1 0x50 i
i2cdump -y 1 0x50 s
i2ctransfer -y 1 w4@0x50 0x80 1 2 3 r1
i2ctransfer -y 1 w1@0x50 0x81 r2
i2ctransfer -y 1 r1@0x50 w1@0x50 0
i2ctransfer -y 1 w1@0x33 0
i2cget -y 1 0x33 0
i2cget -y 1 0x50 0x81 c
i2ctransfer -y 1 r0@0x50
"""


def test_i2c_tools_show_the_same(daemon):
    need("i2cdetect")
    runner = BUILD / "tests" / "virtual-bus-umockdev"
    if not runner.exists():
        pytest.skip("libumockdev-dev was not there when this was built")
    script = "exec 2>&1\n" + "".join(
        f"{line}; echo status $?\n" for line in COMMANDS.strip().splitlines()
    )
    environment = daemon.environment()
    del environment["LD_PRELOAD"], environment["PICOCTL_SHIM_SOCKET"]
    theirs = subprocess.run(
        [runner, "sh", "-c", script], env=environment, capture_output=True, text=True, timeout=LIMIT
    )
    ours = daemon.run("sh", "-c", script)
    assert ours.stdout == theirs.stdout
    assert ours.stdout.count("status") == len(COMMANDS.strip().splitlines())
    assert theirs.stderr == f"port_bytes={daemon.stop()['port_bytes']}\n"
