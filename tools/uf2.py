#!/usr/bin/python3
"""Makes a UF2 file, the kind that a Pico in BOOTSEL mode takes by copying, from a flash image.

    tools/uf2.py picoctl-pico.bin picoctl-pico.uf2 --family rp2040

Format: https://github.com/microsoft/uf2; family numbers: pico-sdk boot/uf2.h. For the RP2350 a
first block is added that its boot ROM ignores, unless the chip is of revision A2: there it works
around erratum RP2350-E10 (RP2350 datasheet, appendix E).
"""

import argparse
import struct
import sys
from pathlib import Path

FAMILIES = {"rp2040": 0xE48BFF56, "rp2350-arm-s": 0xE48BFF59, "rp2350-riscv": 0xE48BFF5A}
FLASH_START = 0x1000_0000
PAYLOAD = 256

MAGIC_START = (0x0A324655, 0x9E5D5157)
MAGIC_END = 0x0AB16F30
FAMILY_PRESENT = 0x2000
EXTENSIONS_PRESENT = 0x8000

ABSOLUTE_FAMILY = 0xE48BFF57
E10_ADDRESS = 0x10FFFF00
E10_IGNORE = 0x9957E304


def block(flags, address, number, count, family, data, tail=b""):
    """One 512-byte block: header, 476 bytes of room of which PAYLOAD count, end mark."""
    head = struct.pack(
        "<8I", *MAGIC_START, flags, address, PAYLOAD, number, count, family)
    room = (data.ljust(PAYLOAD, b"\0") + tail).ljust(476, b"\0")
    return head + room + struct.pack("<I", MAGIC_END)


def e10_block():
    """The block for RP2350-E10: at an address that no program has, marked to be ignored."""
    return block(FAMILY_PRESENT | EXTENSIONS_PRESENT, E10_ADDRESS, 0, 2, ABSOLUTE_FAMILY,
                 b"\xef" * PAYLOAD, struct.pack("<I", E10_IGNORE))


def convert(image, family, start=FLASH_START):
    """The UF2 bytes for `image`, which is to lie at `start` in flash."""
    if not image:
        raise ValueError("the image is empty")
    pages = [image[i:i + PAYLOAD] for i in range(0, len(image), PAYLOAD)]
    blocks = [block(FAMILY_PRESENT, start + i * PAYLOAD, i, len(pages), FAMILIES[family], page)
              for i, page in enumerate(pages)]
    if family.startswith("rp2350"):
        blocks.insert(0, e10_block())
    return b"".join(blocks)


def parse(data):
    """The blocks of a UF2 file as (flags, address, number, count, family, payload)."""
    if not data or len(data) % 512:
        raise ValueError("a UF2 file is a whole number of 512-byte blocks")
    blocks = []
    for at in range(0, len(data), 512):
        raw = data[at:at + 512]
        fields = struct.unpack("<8I", raw[:32])
        if fields[:2] != MAGIC_START or struct.unpack("<I", raw[508:])[0] != MAGIC_END:
            raise ValueError(f"no UF2 block at byte {at}")
        blocks.append((*fields[2:4], *fields[5:8], raw[32:32 + fields[4]]))
    return blocks


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("image", type=Path, help="the flash image (.bin)")
    parser.add_argument("output", type=Path, help="the UF2 file to write")
    parser.add_argument("--family", choices=sorted(FAMILIES), required=True)
    args = parser.parse_args(arguments)
    try:
        args.output.write_bytes(convert(args.image.read_bytes(), args.family))
    except (OSError, ValueError) as error:
        sys.exit(f"uf2.py: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
