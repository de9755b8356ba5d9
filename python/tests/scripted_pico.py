"""A Pico that a test writes: it says of itself what it is told to, and answers what it is told to.

It stands on the virtual bus as another program's target, and speaks the link by the arithmetic of
tests/vectors/generate.py, which shares nothing with the C++: so what CPython sends and understands is
held against the golden vectors' own author.
"""

import pathlib
import socket
import struct
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests" / "vectors"), str(ROOT / "virtual" / "tests")]
import bus_client  # noqa: E402
import generate as wire  # noqa: E402

IDENTITY, REQUEST, RESPONSE = 0x80, 0xA0, 0xD0
HELLO, RESUME, BYE = 1, 2, 3
DESCRIBE = "system.describe offset:u16 -> text:bytes<239> # This description, from a byte on"


class ScriptedPico:
    """lines: its description but for the first, which is system.describe. reply: what it answers,
    a function of (command number, payload) that gives (state, payload)."""

    def __init__(self, path, address, lines, reply):
        self.text = "".join(line + "\n" for line in [DESCRIBE, *lines]).encode()
        self.reply, self.address = reply, address
        self.who = dict(wire.PICO, description=wire.fnv1a(self.text.decode()))
        self.key = self.nonce = None
        self.frames = []  # (command number, payload) of commands, but for system.describe
        self.pointer, self.written, self.shown = IDENTITY, [], b""
        self.bus = bus_client.Bus(path, bus_client.TARGET, timeout=60)
        assert self.bus.attach(address) == 0
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        if self.thread.is_alive():
            self.bus.socket.shutdown(socket.SHUT_RDWR)
            self.thread.join(timeout=30)
        self.bus.close()

    def _serve(self):
        try:
            while True:
                sequence, kind, value, _ = self.bus.next_event()
                answer = self._event(kind, value)
                if answer is not None:
                    self.bus.send(bus_client.answer(sequence, answer))
        except (EOFError, OSError):
            pass

    def _event(self, kind, value):
        if kind == "start":
            if value & 1:
                self._written()
                self.offset = 0
            self.written = []
            return 1
        if kind == "write":
            self.written.append(value)
            return 1
        if kind == "read":
            self.offset += 1
            return self._byte(self.pointer, self.offset - 1)
        if kind == "stop":
            self._written()
        return None

    def _byte(self, pointer, offset):
        if IDENTITY <= pointer < REQUEST:
            data, at = wire.identity(self.address, self.who), pointer - IDENTITY + offset
        else:
            data, at = self.shown, pointer - RESPONSE + offset
        return data[at] if 0 <= at < len(data) else 0xFF

    def _written(self):
        data, self.written = bytes(self.written), []
        if data:
            self.pointer = data[0]
        if len(data) > 1 and data[0] == REQUEST:
            self.pointer = RESPONSE
            self.shown = self._frame(data)

    def _answer(self, key, state, seq, payload=b""):
        return wire.answer(self.address, key, state, seq >> 5, seq & 31,
                           self.who["boot_id"] & 0xFF, False, payload)

    def _frame(self, data):
        seq, length, command = data[1:4]
        payload = data[4:-2]
        key = wire.PUBLIC_KEY if seq >> 5 == wire.PUBLIC_SLOT else self.key
        if key is None:
            return self._answer(wire.PUBLIC_KEY, "no_session", 0xE0)
        right = wire.request(self.address, key, seq >> 5, seq & 31, command, payload)
        if data != right or length != len(payload):
            return self._answer(wire.PUBLIC_KEY, "bad_frame", 0xE0)
        if seq >> 5 == wire.PUBLIC_SLOT:
            return self._session(command, payload)
        number = command
        if command & 0x80:
            number, payload = (command & 0x7F) << 8 | payload[0], payload[1:]
        if number == 1:
            start, = struct.unpack("<H", payload)
            piece = self.text[start:start + 239]
            return self._answer(key, "done", seq, bytes([len(piece)]) + piece)
        self.frames.append((number, payload))
        state, reply = self.reply(number, payload)
        return self._answer(key, state, seq, reply)

    def _session(self, command, payload):
        nonce, _ = struct.unpack("<IH", payload)
        if command == HELLO:
            self.key, self.nonce = wire.session_key(self.who, nonce, self.address), nonce
        status = "open" if command != BYE and nonce == self.nonce else "closed"
        state = "fresh" if command == HELLO else "closed"
        reply = struct.pack("<IBBBBIH", nonce, wire.STATUS.index(status), 0, 0,
                            wire.SLOT_STATES.index(state), self.who["boot_id"], 0)
        return self._answer(wire.PUBLIC_KEY, "done", 0xE0, reply)
