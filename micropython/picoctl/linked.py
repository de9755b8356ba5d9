"""Target over the link in C++ (micropython/module): frames, sessions and registers are there, and the
interrupt; what a command takes and does is here, and in declared.py."""
import gc
import os

import _picoctl

from . import board
from . import errors
from .declared import Declared, code_and_text

_MAX_TEXT = 63  # bytes, of a failure
_MAX_QUICK = 16  # values
_STATS = ("frames", "ran", "repeated", "bad_frames", "out_of_order", "no_session", "dropped",
          "refused_writes", "sessions")


class Target(Declared):
    """sda, scl: GP numbers of the two wires. address: 0x09-0x77; picoctl looks for 0x41-0x48 by
    itself. slots: programs that may talk to it at once, 1-7. settle_ms: of no use here; for programs
    that run on stock MicroPython too."""

    max_request = max_reply = 240

    def __init__(self, sda=0, scl=1, address=0x41, slots=4, settle_ms=2):
        self._slots = slots
        self._link = None
        self._open = False
        self._owned = bytearray(16)  # a bit for each byte of a register
        self._values = {}  # of registers, until there is a link
        super().__init__(sda, scl, address, slots)

    # --- registers ---

    def _declare(self, entry):
        bits = int.from_bytes(self._owned, "little")
        mine = (1 << entry.size) - 1 << max(entry.number, 0)
        if entry.number < 0 or mine >> 128:
            raise ValueError("registers are 0x00 to 0x7f")
        if bits & mine:
            raise ValueError("register 0x%02x is taken" % _lowest(bits & mine))
        self._owned = (bits | mine).to_bytes(16, "little")
        self._values[entry.number] = bytes(entry.size)

    def _get(self, entry):
        if self._link is None:
            return self._values[entry.number]
        return self._link.get(entry.number).to_bytes(4, "little")

    def _set(self, entry, data):
        if self._link is None:
            self._values[entry.number] = data
        else:
            self._link.set(entry.number, int.from_bytes(data, "little"))

    # --- running ---

    def start(self):
        """Takes the two pins. From now on reads and frames are answered by the interrupt, commands as
        often as poll() is called."""
        if self._open:
            return
        if self._link is None:
            self._make()
        sda, scl = self.pins
        self._link.open(self._block, sda, scl)
        self._open = True

    def _make(self):
        commands = [(command.line, command.handler, command, _quick(command.args),
                     _quick(command.reply), command.reply.most, command.alone)
                    for command in self.commands.list]
        registers = [(number, entry.size, entry.line[5:], entry)
                     for number, entry in sorted(self.registers.items())]
        link = _picoctl.Link(
            self.address, self._slots, board.chip(), int.from_bytes(os.urandom(4), "little"),
            board.unique_id().to_bytes(8, "big"), _failed, self._run_register, commands, registers)
        for number, data in self._values.items():
            link.set(number, int.from_bytes(data, "little"))
        self._link = link
        self._values = None
        gc.collect()
        if len(self.description()) > 0xFFFF:
            raise ValueError("the description is longer than 65535 bytes")

    def stop(self):
        """Lets go of the two pins."""
        if self._open:
            self._open = False
            self._link.close()

    def _is_open(self):
        return self._open

    def poll(self):
        """Handles what has come, at most one command; True if there was something. Call it often:
        between two calls the Pi is told that its command waits."""
        if not self._open:
            self.start()
        worked = self._link.poll()
        if worked is None:
            board.restart()
        return worked

    def run(self):
        """Takes commands until Ctrl-C."""
        self.start()
        try:
            self._link.run()
            board.restart()
        finally:
            self.stop()

    def restart_soon(self):
        """Restarts the Pico once the answer to the present command was read, or 50 ms have passed."""
        self._link.restart()

    # --- what there is to know ---

    def description(self):
        """The text that system.describe gives, as bytes."""
        return self._described(0, 0x10000)

    def _described(self, offset, size):
        return self._link.describe(offset, size) if self._link else b""

    @property
    def stats(self):
        counts = self.counts()
        return {name: counts[name] for name in _STATS[:6]}

    def counts(self):
        """All that system.stats tells."""
        return dict(zip(_STATS, self._link.stats() if self._link else (0,) * len(_STATS)))

    def refused_writes(self):
        """Plain writes that fitted no register, since the start."""
        return self.counts()["refused_writes"]


def _lowest(bits):
    at = 0
    while not bits >> at & 1:
        at += 1
    return at


def _quick(struct):
    """The types of arguments or of a reply in the form that the link knows, or None: then it asks
    commands.py."""
    letters = [getattr(kind, "quick", None) for _, kind in struct.fields]
    return None if None in letters or len(letters) > _MAX_QUICK else b"".join(letters)


def _failed(command, problem):
    return errors.payload_of(*code_and_text(command, problem), 1 + _MAX_TEXT)
