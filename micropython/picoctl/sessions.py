"""Exactly once, the Pico's half: rules T1-T7 of docs/PROTOCOL.md. The same as link/slots.cpp in C++;
tests/model/session.pml is both in Promela.
"""
import struct
import time

from . import wire

# What becomes of a frame
RUN, SHOW_KEPT, PUBLIC, REFUSED = range(4)
# A slot's state
CLOSED, FRESH, RUNNING, FINISHED = range(4)
# The status of a public answer
OPEN, NO_SLOT, UNKNOWN, KEY_REFUSED, CLOSED_NOW, STILL_BUSY = range(6)
HELLO, RESUME, BYE = 1, 2, 3
KEEP_MS = 3000  # silence after which a slot may be taken over


class Slot:
    def __init__(self, index):
        self.index = index
        self.state = CLOSED
        self.nonce = 0
        self.key = None  # stays after closing: T5 compares with it
        self.last = 0  # number of the last command that began to run
        self.kept = b""  # its answer
        self.heard = 0  # ticks_ms of the last valid frame


class Sessions:
    def __init__(self, count, address):
        self.slots = [Slot(index) for index in range(count)]
        self.address = address
        self.boot_id = self.unique_id = self.description = 0

    def know(self, boot_id, unique_id, description):
        self.boot_id = boot_id
        self.unique_id = unique_id
        self.description = description

    def open_count(self):
        return sum(slot.state != CLOSED for slot in self.slots)

    def _slot_of(self, window):
        """The open slot that a frame names, or None."""
        index = window[0] >> 5
        if index < len(self.slots) and self.slots[index].state != CLOSED:
            return self.slots[index]
        return None

    def matches(self, window):
        """T1: whether the CRC of the frame is right under the key of the slot it names."""
        if window[0] >> 5 == 7:
            return wire.crc_matches(window, self.address, wire.PUBLIC_KEY)
        slot = self._slot_of(window)
        return slot is not None and wire.crc_matches(window, self.address, slot.key)

    def refusal(self, window):
        """T1: why a frame is refused that does not match."""
        if window[0] >> 5 == 7 or self._slot_of(window):
            return wire.BAD_FRAME
        return wire.NO_SESSION

    def judge(self, window):
        """T2, for a frame that matches: (verdict, slot)."""
        if window[0] >> 5 == 7:
            return PUBLIC, None
        slot = self._slot_of(window)
        slot.heard = time.ticks_ms()
        number = window[0] & 31
        if number == slot.last and slot.state != FRESH:
            return SHOW_KEPT, slot
        if number != (slot.last + 1) & 31 or slot.state == RUNNING:
            return REFUSED, slot
        slot.kept = b""
        slot.last = number
        slot.state = RUNNING
        return RUN, slot

    def finish(self, slot, answer):
        slot.kept = answer
        slot.state = FINISHED

    def answer_public(self, command, payload):
        """The payload of the answer to HELLO, RESUME or BYE; None if it is none of them."""
        if len(payload) != 6 or not HELLO <= command <= BYE:
            return None
        nonce = struct.unpack_from("<I", payload)[0]
        known = None
        for slot in self.slots:
            if slot.state != CLOSED and slot.nonce == nonce:
                known = slot
        if command == HELLO:
            return self._hello(nonce, known)
        if known is None:
            return self._reply(nonce, UNKNOWN)
        if command == RESUME:
            known.heard = time.ticks_ms()
            return self._reply(nonce, OPEN, known)
        if known.state == RUNNING:
            return self._reply(nonce, STILL_BUSY, known)
        known.state = CLOSED
        return self._reply(nonce, CLOSED_NOW, known)

    def _hello(self, nonce, known):
        """T5."""
        now = time.ticks_ms()
        if known is not None:
            known.heard = now
            return self._reply(nonce, OPEN, known)
        slot, wait = self._free_or_silent(now)
        if slot is None:
            return self._reply(nonce, NO_SLOT, None, wait)
        key = wire.session_key(nonce, self.boot_id, self.unique_id, self.description, self.address)
        if key == slot.key:  # a stale frame of the slot's last session would pass
            return self._reply(nonce, KEY_REFUSED)
        slot.nonce = nonce
        slot.key = key
        slot.last = 0
        slot.kept = b""
        slot.state = FRESH
        slot.heard = now
        return self._reply(nonce, OPEN, slot)

    def _free_or_silent(self, now):
        longest = None
        longest_age = 0
        for slot in self.slots:
            if slot.state == CLOSED:
                return slot, 0
            if slot.state == RUNNING:
                continue
            age = time.ticks_diff(now, slot.heard)
            if longest is None or age > longest_age:
                longest = slot
                longest_age = age
        if longest is not None and longest_age >= KEEP_MS:
            return longest, 0
        return None, KEEP_MS - longest_age

    def _reply(self, nonce, status, slot=None, wait=0):
        index, last, state = (slot.index, slot.last, slot.state) if slot else (0, 0, CLOSED)
        return struct.pack("<IBBBBIH", nonce, status, index, last, state, self.boot_id, wait)

    def let_go(self):
        """Slots whose silence would outgrow the clock are closed: after days, ages would wrap."""
        now = time.ticks_ms()
        for slot in self.slots:
            if slot.state in (FRESH, FINISHED) and time.ticks_diff(now, slot.heard) > 1 << 28:
                slot.state = CLOSED
