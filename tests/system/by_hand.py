"""A controller made by hand: frames as docs/PROTOCOL.md describes them, in a few lines of Python.

It shares its arithmetic with tests/vectors, written apart from the C++, and none of the C++ itself.
"""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import generate as wire  # noqa: E402

IDENTITY, RESPONSE = 0x80, 0xD0
HELLO, RESUME, BYE = 1, 2, 3
PUBLIC = 7


class Identity:
    def __init__(self, data):
        assert data[:3] == b"\xf0PC" and len(data) == 32, data.hex()
        (self.version, self.flags, self.max_request, self.max_reply, self.slots, self.boot_id,
         self.description, self.unique_id, self.chip) = struct.unpack_from("<BBBBBIIQB", data, 3)


def session_request(address, command, nonce):
    return wire.request(address, wire.PUBLIC_KEY, PUBLIC, 0, command, struct.pack("<IH", nonce, 0))


def session_reply(answer):
    keys = "nonce status slot last state boot_id wait_ms".split()
    return dict(zip(keys, struct.unpack_from("<IBBBBIH", answer, 6)))


def key(identity, nonce, address):
    who = {"boot_id": identity.boot_id, "unique_id": f"{identity.unique_id:016x}",
           "description": identity.description}
    return wire.session_key(who, nonce, address)


def state(answer):
    return wire.STATES[answer[0] & 0x0F]
