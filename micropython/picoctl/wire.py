"""The link's bytes: the CRC and its keys, frames, IDENTITY. docs/PROTOCOL.md describes them all.

A frame lies in the mailbox without its register byte: SEQ, LEN, CMD, payload, CRC.
"""
import struct
from array import array

import micropython

from .commands import MAX_REPLY, MAX_REQUEST

VERSION = 0x10  # 1.0: major in bits 7-4, minor in bits 3-0
FIRMWARE = (0, 1, 0)
PUBLIC_KEY = 0xFFFF
PUBLIC_SEQ = 0xE0  # slot 7, number 0

# HDR & 15
IDLE, PENDING, BUSY, DONE, FAILED, BAD_FRAME, NO_SESSION, OUT_OF_ORDER = range(8)

REQUEST, RESPONSE = 0xA0, 0xD0
ROOM = 48  # bytes of the request's and of the response's window


def _crc_table():
    table = array("H", bytes(512))
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1 ^ (0xA2EB if value & 0x8000 else 0)) & 0xFFFF
        table[byte] = value
    return table


_TABLE = _crc_table()


@micropython.viper
def _crc(key: int, data, size: int) -> int:
    table = ptr16(_TABLE)  # noqa: F821 (viper's own word)
    byte = ptr8(data)  # noqa: F821
    value = key
    at = 0
    while at < size:
        value = (value << 8 ^ int(table[value >> 8 ^ int(byte[at])])) & 0xFFFF
        at += 1
    return value


def crc16(key, data):
    """The CRC of `data` (bytes) under `key`."""
    return _crc(key, data, len(data))


def answer(address, key, state, seq, epoch, payload=b""):
    """A whole answer: head, and payload with its CRC if there is one."""
    covered = bytes((address << 1 | 1, 0x80 | state, seq, len(payload), epoch))
    value = crc16(key, covered)
    head = covered[1:] + bytes((value >> 8, value & 255))
    if not payload:
        return head
    value = crc16(value, payload)  # goes on behind EPOCH; the head's own CRC is not covered
    return head + payload + bytes((value >> 8, value & 255))


def frame_size(window):
    """Bytes of the frame that begins `window`, by its LEN."""
    return 5 + window[1]


def is_whole(window, empty):
    """Whether exactly one frame may lie in `window`; `empty`: what the window holds without one."""
    size = frame_size(window)
    return size < len(window) and window[size:] == empty[size:]


def crc_matches(window, address, key):
    """Whether the CRC of the frame in `window` is right."""
    end = frame_size(window) - 2
    value = _crc(crc16(key, bytes((address << 1, REQUEST))), window, end)
    return window[end] == value >> 8 and window[end + 1] == value & 255


def check_of(window):
    """The two CRC bytes of the frame in `window`: a refusal gives them back. Empty if LEN is wild."""
    size = frame_size(window)
    return window[size - 2 : size] if size <= ROOM else b""


def identity(address, boot_id, description, unique_id, chip, slots):
    """The 32 bytes at register 0x80; `unique_id`: 8 bytes as an integer."""
    body = b"\xf0PC" + struct.pack(
        "<BBBBBIIQBBBB", VERSION, 1, MAX_REQUEST, MAX_REPLY, slots, boot_id, description, unique_id,
        chip, *FIRMWARE) + b"\0\0"
    value = crc16(PUBLIC_KEY, bytes((address << 1 | 1,)) + body)
    return body + bytes((value >> 8, value & 255))


def session_key(nonce, boot_id, unique_id, description, address):
    return crc16(PUBLIC_KEY, struct.pack("<IIQIB", nonce, boot_id, unique_id, description, address))


def description_hash(text):
    """FNV-1a, 32 bits, of bytes."""
    value = 0x811C9DC5
    for byte in text:
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
