"""The 256 bytes that machine.I2CTarget shows to the bus, and what may become of each.

MicroPython's C code moves the bytes, Python only looks at them now and then. So nothing here hears
of single writes: it compares the memory with a shadow copy, obeys what was allowed to change and
puts back the rest.
"""
import time

from . import wire

_EMPTY = b"\xff" * wire.ROOM
_USER_END = 0x80


class Mailbox:
    def __init__(self, address, settle_ms=2):
        self.memory = bytearray(b"\xff" * 256)
        self._shadow = bytearray(self.memory)
        self._owner = bytearray(_USER_END)  # of each register's bytes: 1 + its first number
        self._size = {}  # by first number
        self._address = address
        self._settle_ms = settle_ms  # without a change for so long, a write has ended
        self._seen = _EMPTY  # a request that is no good (yet), and since when
        self._since = 0
        self._pending = wire.answer(address, wire.PUBLIC_KEY, wire.PENDING, wire.PUBLIC_SEQ, 0)
        self.refused_writes = 0

    # --- the registers ---

    def declare(self, number, size):
        if number < 0 or number + size > _USER_END:
            raise ValueError("registers are 0x00 to 0x7f")
        for at in range(number, number + size):
            if self._owner[at]:
                raise ValueError("register 0x%02x is taken" % at)
        for at in range(number, number + size):
            self._owner[at] = number + 1
        self._size[number] = size
        self.set(number, bytes(size))

    def get(self, number):
        return self._shadow[number : number + self._size[number]]

    def set(self, number, data):
        self._put(number, data)

    def _put(self, at, data):
        self._shadow[at : at + len(data)] = data
        self.memory[at : at + len(data)] = data

    # --- showing ---

    def introduce(self, identity, epoch):
        self._pending = self._public_head(wire.PENDING, epoch)
        self._put(0x80, identity)
        self._put(wire.RESPONSE, self._public_head(wire.IDLE, epoch))

    def _public_head(self, state, epoch):
        return wire.answer(self._address, wire.PUBLIC_KEY, state, wire.PUBLIC_SEQ, epoch)

    def show_head(self, head):
        """Its first bytes come last: a read in between finds a CRC that is wrong."""
        at = wire.RESPONSE
        self._put(at + 2, head[2:6])
        self._put(at + 1, head[1:2])
        self._put(at, head[0:1])

    def show(self, answer, before=None):
        """Shows a whole answer. `before`: the head, without payload, that stands there meanwhile;
        None: a public PENDING."""
        self.show_head(before or self._pending)
        payload = answer[6:]
        self._put(wire.RESPONSE + 6, payload + _EMPTY[6 + len(payload) :])
        self.show_head(answer)

    # --- looking ---

    def look(self, matches):
        """(frame, is_good, written registers). `matches(frame)` says whether a frame's CRC is right.
        A frame is 48 bytes, SEQ first; None: none has come, or none is whole yet. Written registers
        are first numbers."""
        if self.memory == self._shadow:
            return None, False, ()
        window = bytes(self.memory[wire.REQUEST : wire.RESPONSE])
        frame, good = self._request(window, matches)
        written = ()
        if self.memory[:_USER_END] != self._shadow[:_USER_END]:
            written = self._registers()
        self._put_back(0x80, wire.REQUEST)
        self._put_back(wire.RESPONSE, 256)
        return frame, good, written

    def _put_back(self, start, end):
        if self.memory[start:end] != self._shadow[start:end]:
            self.memory[start:end] = self._shadow[start:end]

    def _request(self, window, matches):
        """Copied first, then checked, then the window is emptied: what comes in between is lost, and
        its sender sends it again."""
        if window == _EMPTY:
            self._seen = _EMPTY
            return None, False
        whole = wire.is_whole(window, _EMPTY)
        # Bytes come in order. So once the last one is there, all are; but one that is 0xff looks as
        # if it were not. A frame still coming in would pass its CRC once in 65536 looks.
        ended = whole and window[wire.frame_size(window) - 1] != 0xFF
        good = whole and matches(window)
        if not (good and ended) and not self._has_settled(window, ended):
            return None, False
        self._seen = _EMPTY
        self.memory[wire.REQUEST : wire.RESPONSE] = _EMPTY
        return window, good

    def _has_settled(self, window, ended):
        """Whether nothing comes any more: it was the same before, and for long unless it has ended."""
        now = time.ticks_ms()
        if window != self._seen:
            self._seen = window
            self._since = now
            return False
        return ended or time.ticks_diff(now, self._since) >= self._settle_ms

    def _registers(self):
        """Waits until the write has ended, and says which registers it changed."""
        seen = bytes(self.memory[:0x84])
        for _ in range(20):
            time.sleep_ms(self._settle_ms)
            before = seen
            seen = bytes(self.memory[:0x84])
            if seen == before:
                break
        written = []
        at = 0
        while at < _USER_END:
            if seen[at] == self._shadow[at]:
                at += 1
                continue
            end = self._end_of_change(seen, at)
            self._take(seen, at, end, written)
            at = end
        return written

    def _end_of_change(self, seen, at):
        """Behind the last byte of a change. A byte between two changed ones belongs to it: it may
        have been written with the value that it had."""
        end = at + 1
        while at < min(end + 2, _USER_END):
            if seen[at] != self._shadow[at]:
                end = at + 1
            at += 1
        return end

    def _take(self, seen, start, end, written):
        """Obeys a change if it can be a plain write: 4 bytes at most, and declared."""
        whole = end - start <= 4
        if end == _USER_END and seen[end:] != self._shadow[end : len(seen)]:
            whole = False  # it went on into IDENTITY
        for at in range(start, end):
            whole = whole and (self._owner[at] != 0 or seen[at] == self._shadow[at])
        if not whole:
            self.refused_writes += 1
            self.memory[start:end] = self._shadow[start:end]
            return
        for at in range(start, end):
            number = self._owner[at] - 1
            if seen[at] != self._shadow[at] and number not in written:
                written.append(number)
        self._shadow[start:end] = seen[start:end]
