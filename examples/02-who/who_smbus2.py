"""Reads IDENTITY, 32 bytes at register 0x80, and checks it. The layout stands in docs/PROTOCOL.md."""
import struct

from smbus2 import SMBus, i2c_msg


def crc16(data, value=0xFFFF):
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0xA2EB if value & 0x8000 else value << 1) & 0xFFFF
    return value


ADDRESS = 0x41
ask, answer = i2c_msg.write(ADDRESS, [0x80]), i2c_msg.read(ADDRESS, 32)
with SMBus(1) as bus:
    bus.i2c_rdwr(ask, answer)
data = bytes(answer)
address_byte = bytes([ADDRESS << 1 | 1])
if data[:3] != b"\xf0PC" or crc16(address_byte + data[:30]) != int.from_bytes(data[30:], "big"):
    raise SystemExit(f"0x{ADDRESS:02x} is not a picoctl Pico")
version, _, _, _, slots, boot, _, unique = struct.unpack("<BBBBBIIQ", data[3:24])
chip = ["virtual", "RP2040", "RP2350"][data[24]]
print(f"0x{ADDRESS:02x} is a Pico: chip {chip}, protocol {version >> 4}.{version & 15}, {slots} slots")
# It prints: 0x41 is a Pico: chip virtual, protocol 1.0, 7 slots
