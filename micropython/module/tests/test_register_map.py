"""The link and the class i2c_slave use the I2C blocks where the chip has them: on the Pico 2, which nothing here can
run, read from the instructions. Addresses: RP2040 datasheet 2.2.4, RP2350 datasheet 2.2.5."""
import os
import re
import subprocess

import pytest
from conftest import ROOT

BLOCKS = {"pico": {0x40044000, 0x40048000}, "pico2": {0x40090000, 0x40098000}}
BOARDS = ["pico", *(["pico2"] if os.environ.get("PICOCTL_DEEP") else [])]  # without it that is not built
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
WORD = re.compile(r"\.word\s+0x([0-9a-f]{8})$")
USERS = ("picoctl_bytes_open", "I2cPort", "was_set_up_by_others")


def addresses(board):
    """{function of picoctl's: the I2C blocks of either chip whose addresses stand behind it}"""
    text = subprocess.run(["arm-none-eabi-objdump", "-d", ROOT / f"build/firmware/picoctl-micropython-{board}.elf"],
                          text=True, capture_output=True, check=True).stdout
    found, current = {}, ""
    for line in text.splitlines():
        if name := FUNCTION.match(line):
            current = name[1]
        elif "picoctl" in current and (word := WORD.search(line)):
            block = int(word[1], 16) & ~0x3FFF  # its aliases too
            if any(block in blocks for blocks in BLOCKS.values()):
                found.setdefault(current, set()).add(block)
    return found


@pytest.mark.parametrize("board", BOARDS)
def test_the_blocks_are_those_of_the_chip(board):
    found = addresses(board)
    assert set().union(*found.values()) <= BLOCKS[board], found
    for user in USERS:
        assert any(user in name for name in found), f"{user} names no block: {sorted(found)}"
