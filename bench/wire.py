"""Bits on the wire: what one acknowledged command costs, here and in the framing of others.

Computed from published formats, each with its arithmetic in words; picoctl's own is also measured
on the virtual bus, and has to agree.
"""
import contextlib
import re

from common import bus_client, run, virtual_picos

SIZES = (0, 4, 16, 64, 240)
SPEEDS = (100_000, 400_000, 1_000_000)


def picoctl(size):
    """START, address, A0 SEQ LEN CMD payload CRC CRC, repeated START, address, six bytes, STOP."""
    return 1 + 9 * (1 + 6 + size) + 1 + 9 * (1 + 6) + 1


def ceiling(size):
    """Nothing but nine bits a byte: f/9 bytes a second."""
    return 9 * size


def i2c(*messages):
    """Bits of one transaction: START or repeated START, address and bytes of each message, STOP."""
    return sum(1 + 9 * (1 + size) for size in messages) + 1


def klipper(size):
    """Blocks of at most 64 bytes, five of them framing: the command's number, the data's length, data. Each
    block is acknowledged by an empty one. Beyond 57 bytes of data it takes several commands."""
    parts = [min(57, size - at) for at in range(0, size, 57)] or [0]
    there = sum(5 + 1 + (1 + part if part else 0) for part in parts)
    return 10 * there, 10 * 5 * len(parts)


def firmata(size):
    """A sysex message: START, ID, two 7-bit bytes for each of data, END. Nothing comes back."""
    return 10 * (3 + 2 * size), 0


def picod(size):
    """FF, length 2, CRC 2; length 2, flags, request, data; CRC 2. The reply has a status besides."""
    return 10 * (5 + 4 + size + 2), 10 * (5 + 5 + 2)


def simple_rpc(size):
    """The method's number and its parameters. A method without a result answers nothing."""
    return 10 * (1 + size), 0


def seesaw(size):
    """I2C: address, module, function, data. Each byte is acknowledged by I2C, none is checked."""
    return i2c(2 + size), 0


# Name; carrier; bits there and back; what the bits buy; where the format is published.
PEERS = (
    ("picod", "USB or UART, 10 bits a byte", picod, "CRC-16 both ways, status",
     "joan2937/picod, PYTHON/picod.py, _message and _request"),
    ("Klipper", "USB or UART, 10 bits a byte", klipper,
     "CRC-16, sequence, ack and retry; replies may be lost", "Klipper3d/klipper, docs/Protocol.md"),
    ("Firmata", "UART, 10 bits a byte", firmata, "nothing is checked or acknowledged",
     "firmata/protocol, protocol.md, version 2.5.1"),
    ("simpleRPC", "UART, 10 bits a byte", simple_rpc, "nothing is checked or acknowledged",
     "jfjlaros/simpleRPC, docs/protocol.rst"),
    ("seesaw", "I2C, 9 bits a byte", seesaw, "I2C's own ACK of each byte; nothing is checked",
     "Adafruit, Reading and Writing Data (ATSAMD09 and ATtiny817 seesaw guides)"),
)


def peers():
    table = {}
    for name, carrier, bits, buys, source in PEERS:
        rows = {}
        for size in SIZES:
            there, back = bits(size)
            rows[size] = {"there": there, "back": back, "bits": there + back}
        table[name] = {"carrier": carrier, "buys": buys, "source": source,
                       "arithmetic": " ".join(bits.__doc__.split()), "sizes": rows}
    return table


def own():
    return {size: {"bits": picoctl(size), "ceiling_bits": ceiling(size),
                   "payload_share": round(ceiling(size) / picoctl(size), 4),
                   "commands_per_second": {hertz: round(hertz / picoctl(size)) for hertz in SPEEDS}}
            for size in SIZES}


def measured(build):
    """Bits of an acknowledged command with four bytes of arguments, seen on the virtual bus."""
    with virtual_picos(build) as (path, env, _), bus_client.Bus(path, bus_client.OBSERVER) as watching:
        bit_ns = 1e9 / watching.speed_hz
        for _ in range(2):
            run(build / "bin/picoctl", "call", "wait", "0", env=env, timeout=60)
        watching.socket.settimeout(1)
        transfers = []
        with contextlib.suppress(TimeoutError):
            while True:
                item = watching.next_transfer()
                if item[0] != "note":
                    transfers.append(item[2])
    for events in reversed(transfers):
        # A request with LEN 4 behind 0xA0 and SEQ, and a head of six bytes behind the restart.
        text = bus_client.bytes_of(events)
        if re.match(r"S 82 a a0 a \w\w a 04 a .* Sr 83 a( \w\w [an]){6} P$", text):
            return round((events[-1][0] - events[0][0]) / bit_ns + 1)
    raise SystemExit("bench: no acknowledged command with four bytes was seen on the virtual bus")


def figures(build):
    seen = measured(build)
    if seen != picoctl(4):
        raise SystemExit(f"bench: an acknowledged 4-byte command takes {seen} bits on the virtual bus, "
                         f"and {picoctl(4)} by the format")
    return {"picoctl": own(), "measured_4_byte_bits": seen, "peers": peers(),
            "picoctl_arithmetic": picoctl.__doc__}


if __name__ == "__main__":
    assert picoctl(4) == 165  # docs/PROTOCOL.md
    for row, value in own().items():
        print(row, value)
