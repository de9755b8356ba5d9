"""gpio: the Pico's pins, by their GP numbers, as commands for the Pi.

    from picoctl import gpio
    gpio.add_to(target)

The same commands as commands/include/picoctl/commands/gpio.hpp declares; but a group of pins changes
one pin after the other here, not all at one instant.
"""
from machine import Pin

from . import errors

_PULLS = {"none": None, "up": Pin.PULL_UP, "down": Pin.PULL_DOWN}


def add_to(target):
    def pin_of(number, *arguments):
        if number in target.pins:
            wire = "SDA" if number == target.pins[0] else "SCL"
            raise errors.Error("GP%d is this link's %s" % (number, wire), errors.PIN_RESERVED)
        try:
            return Pin(number, *arguments)
        except ValueError:
            raise errors.Error("GP%d is not on this board" % number, errors.NO_SUCH_PIN)

    def drive(number, on):
        pin_of(number, Pin.OUT).value(on)

    def numbers(mask):
        """All are checked before the first changes."""
        chosen = [number for number in range(32) if mask >> number & 1]
        for number in chosen:
            pin_of(number)
        return chosen

    @target.command("gpio.mode pin:u8 mode:u8{input=0,output=1} pull:u8{none=0,up=1,down=2}",
                    help="Make a pin an input or an output")
    def mode(pin, mode, pull):
        pin_of(pin, Pin.OUT if mode == "output" else Pin.IN, _PULLS[pull])

    @target.command("gpio.write pin:u8 on:bool",
                    help="Make a pin an output and drive it high or low")
    def write(pin, on):
        drive(pin, on)

    @target.command("gpio.read pin:u8 -> on:bool", help="Read a pin")
    def read(pin):
        return pin_of(pin).value() == 1

    @target.command("gpio.write_group mask:u32 values:u32", help="Drive several pins")
    def write_group(mask, values):
        if values & ~mask:
            raise errors.Error("values has bits that mask has not", errors.BAD_VALUE)
        for number in numbers(mask):
            drive(number, values >> number & 1)

    @target.command("gpio.read_group mask:u32 -> values:u32", help="Read several pins")
    def read_group(mask):
        return sum(pin_of(number).value() << number for number in numbers(mask))
