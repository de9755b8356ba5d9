"""What the tests that MicroPython runs share."""
import struct
import time

import machine
import picoctl
from picoctl import wire


def raises(kind, words, function, *arguments):
    """That the call is refused, with a message that holds `words`."""
    try:
        function(*arguments)
    except kind as problem:
        assert words in str(problem), "it says '%s'" % problem
    else:
        raise AssertionError("nothing was raised")


def equal(a, b, what=""):
    assert a == b, "%r is not %r %s" % (a, b, what)


class Bench:
    """A target on no bus: a test writes into its memory as the I2C block would."""

    def __init__(self, *declare, **options):
        machine.I2CTarget = Block
        options.setdefault("settle_ms", 1)
        self.target = picoctl.Target(**options)
        self.ran = []
        for one in declare:
            one(self)
        self.target.start()
        self.memory = self.target._mailbox.memory
        self.identity = bytes(self.memory[0x80:0xA0])
        self.number = len(self.target.commands.list)

    def write(self, register, data):
        for at, byte in enumerate(data):
            self.memory[(register + at) % 256] = byte

    def turn(self, times=1):
        """The loop comes round, and time passes."""
        for _ in range(times):
            self.target.poll()
            time.sleep_ms(1)

    def frame(self, key, seq, number, payload=b""):
        head = bytes((seq, len(payload), number)) + payload
        check = wire.crc16(key, bytes((self.target.address << 1, 0xA0)) + head)
        return head + bytes((check >> 8, check & 255))

    def send(self, frame):
        self.write(0xA0, frame)
        self.turn(4)
        return self.answer()

    def answer(self):
        """(state, SEQ, payload), checked under its key."""
        data = bytes(self.memory[0xD0:])
        key = wire.PUBLIC_KEY if data[1] >> 5 == 7 else self.target.sessions.slots[data[1] >> 5].key
        payload = data[6 : 6 + data[2]]
        equal(data[: 6 + len(payload) + (2 if payload else 0)],
              wire.answer(self.target.address, key, data[0] & 15, data[1], data[3], payload))
        return data[0] & 15, data[1], payload

    def hello(self, nonce=1, command=1):
        """(status, slot, last, state) of the answer."""
        state, seq, reply = self.send(self.frame(wire.PUBLIC_KEY, 0xE0, command,
                                                 struct.pack("<IH", nonce, 400)))
        equal((state, seq, reply[:4]), (wire.DONE, 0xE0, struct.pack("<I", nonce)))
        return tuple(reply[4:8])

    def command(self, number, seq, payload=b"", slot=0):
        """Sends it in a session's slot: (state, payload)."""
        key = self.target.sessions.slots[slot].key
        state, _, reply = self.send(self.frame(key, slot << 5 | seq, number, payload))
        return state, reply


class Block:
    """machine.I2CTarget without a bus."""

    def __init__(self, block, address, **_):
        self.deinit = lambda: None


def noting(bench):
    """Declares a command whose runs are counted: "note n:u8"."""
    @bench.target.command("note n:u8")
    def note(n):
        bench.ran.append(n)
