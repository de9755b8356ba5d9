"""system: what every picoctl Pico can do, as commands/include/picoctl/commands/system.hpp has it.

There is no system.address here: the address stands in main.py.
"""
import time

from . import board
from . import errors

_STATS = ("frames", "ran", "repeated", "bad_frames", "out_of_order", "no_session", "dropped",
          "refused_writes")


class _Clock:
    """Microseconds since boot, as MicroPython's clock wraps after some minutes."""

    def __init__(self):
        self._now = 0
        self._ticks = time.ticks_ms()

    def now(self):
        ticks = time.ticks_ms()
        self._now += time.ticks_diff(ticks, self._ticks) * 1000
        self._ticks = ticks
        return self._now


def add_to(target):
    name = board.load_name()
    reset = board.reset_cause()
    clock = _Clock()

    most = target.max_reply - 1  # bytes behind their length

    @target.command("system.describe offset:u16 -> text:bytes<%d>" % most,
                    help="This description, from a byte on")
    def describe(offset):
        return target._described(offset, most)

    @target.command("system.identify -> name:str<16> board:str<16> reset:u8{unknown=0,power_on=1,"
                    "run_pin=2,watchdog=3,restarted=4,debugger=5}",
                    help="Name, board and why it started last")
    def identify():
        return name, board.name(), reset

    @target.command("system.ping -> uptime:u64[us]", help="Answer with the time since boot")
    def ping():
        return clock.now()

    @target.command("system.echo data:bytes<%d> -> data:bytes<%d>" % (most, most),
                    help="Answer with the same bytes")
    def echo(data):
        return data

    @target.command("system.stats -> " + " ".join(field + ":u32" for field in _STATS)
                    + " sessions:u8", help="What the link has seen since boot")
    def stats():
        return target.counts()

    @target.command("system.name name:str<16>", help="Give this Pico a name, kept without power",
                    alone=True)
    def set_name(text):
        nonlocal name
        if any(not 32 <= ord(letter) < 127 for letter in text):
            raise errors.Error("a name is printable ASCII", errors.BAD_VALUE)
        try:
            board.save_name(text)
        except OSError as problem:
            raise errors.Error(str(problem), errors.NOT_SAVED)
        name = text

    @target.command("system.restart", help="Answer, then start anew", alone=True)
    def restart():
        target.restart_soon()
