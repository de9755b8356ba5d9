"""machine for the unix port: the built-in one, and what a Pico has besides as far as tests need it.

On MicroPython's path it stands before the built-in module, and takes that in.
"""
import os
import sys

_path = sys.path[:]
sys.path[:] = []
from machine import *  # noqa: E402, F403

sys.path[:] = _path
del _path

PWRON_RESET, WDT_RESET = 1, 3
mem32 = {}  # registers that outlive a restart
_cause = PWRON_RESET


class Restart(BaseException):
    """machine.reset() on a PC: whoever started the program starts it anew."""


def reset():
    global _cause
    _cause = WDT_RESET
    raise Restart


def reset_cause():
    return _cause


def unique_id():
    """As the virtual Pico's: "picotl" and the address."""
    return bytes.fromhex("7069636f63746c") + bytes((int(os.getenv("PICOCTL_ADDRESS") or "0x41", 0),))


class Pin:
    """Pins of a board without anything connected: what is driven is what is read."""

    IN, OUT = 0, 1
    PULL_UP, PULL_DOWN = 1, 2
    _modes = {}
    _levels = {}
    _pulls = {}

    def __init__(self, number, mode=None, pull=-1):
        if number != "LED" and not 0 <= number < 30:
            raise ValueError("invalid pin")
        self._number = number
        if mode is not None:
            self._modes[number] = mode
            self._pulls[number] = pull

    def value(self, level=None):
        if level is not None:
            self._levels[self._number] = 1 if level else 0
            return None
        if self._modes.get(self._number) == self.OUT:
            return self._levels.get(self._number, 0)
        return 1 if self._pulls.get(self._number) == self.PULL_UP else 0

    @classmethod
    def power_on(cls):
        for what in (cls._modes, cls._levels, cls._pulls):
            what.clear()
