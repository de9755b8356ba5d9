"""The chip beneath: its ids, why it started, its name, and which pins carry I2C."""
import machine
import os
import sys

_NAME_FILE = "picoctl.name"
_MARK = 0x70634354  # in a register that outlives a restart, but not the loss of power

_machine = sys.implementation._machine


def chip():
    """IDENTITY's byte 24: 0 virtual, 1 RP2040, 2 RP2350."""
    if "RP2040" in _machine:
        return 1
    return 2 if "RP2350" in _machine else 0


def name():
    """As the C++ images call the board."""
    if chip() == 0:
        return "virtual"
    return ("pico2" if chip() == 2 else "pico") + ("_w" if "Pico W" in _machine or "2 W" in _machine
                                                   else "")


def unique_id():
    return int.from_bytes(machine.unique_id()[:8], "big")


def block_of(sda, scl):
    """Which I2C block serves these two pins, as the RP2040 and RP2350 wire them."""
    for pin, what, rest in ((sda, "SDA", 0), (scl, "SCL", 1)):
        if not isinstance(pin, int) or not 0 <= pin < 48 or pin % 2 != rest:
            raise ValueError("%s is the number of a GP pin that can be %s: %d, %d, %d, ..."
                             % (what.lower(), what, rest, rest + 2, rest + 4))
    if sda // 2 % 2 != scl // 2 % 2:
        raise ValueError("GP%d and GP%d belong to different I2C blocks; take neighbours, "
                         "such as GP0 and GP1" % (sda, scl))
    return sda // 2 % 2


def _scratch():
    """Address of the watchdog's SCRATCH0."""
    return 0x400D800C if chip() == 2 else 0x4005800C


def restart():
    machine.mem32[_scratch()] = _MARK
    machine.reset()


def reset_cause():
    """Why this program started; to be asked once."""
    cause = machine.reset_cause()
    if cause == machine.PWRON_RESET:
        return "power_on"
    if cause != machine.WDT_RESET:
        return "unknown"
    # machine.reset() works by the watchdog.
    marked = machine.mem32[_scratch()] == _MARK
    machine.mem32[_scratch()] = 0
    return "restarted" if marked else "watchdog"


def load_name():
    try:
        with open(_NAME_FILE) as file:
            return file.read()[:16]
    except OSError:
        return ""


def save_name(text):
    """A loss of power leaves the old name or the new one."""
    with open(_NAME_FILE + ".new", "w") as file:
        file.write(text)
    os.rename(_NAME_FILE + ".new", _NAME_FILE)
