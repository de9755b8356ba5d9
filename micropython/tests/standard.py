"""The program of a MicroPython Pico in the system tests: the commands that the virtual Pico has.

On the unix port: PICOCTL_SOCKET: the virtual bus. PICOCTL_ADDRESS: 0x41 unless given. PICOCTL_JOURNAL: a
file that gets one line per execution of a handler, written by the handlers. PICOCTL_GC: bytes after
which garbage is collected. PICOCTL_SEVERAL: journal lines name the address.

On a Pico: the journal's lines go to the console, behind "journal: "; the address is in address.txt.
With the link in C++ the emulator keeps the journal, from outside.
"""
import gc
import os
import sys
import time

import machine
import picoctl
from picoctl import gpio

ON_PICO = sys.platform == "rp2"
LINKED = "picoctl.linked" in sys.modules


def setting(name):
    return None if ON_PICO else os.getenv("PICOCTL_" + name)


def address():
    if not ON_PICO:
        return int(setting("ADDRESS") or "0x41", 0)
    with open("address.txt") as file:
        return int(file.read(), 0)


ADDRESS = address()
LIGHTS = ("LED", 15, 14, 13)


class Journal:
    def __init__(self):
        path = setting("JOURNAL")
        self._file = open(path, "a") if path else None
        self._address = "0x%02x " % ADDRESS if setting("SEVERAL") else ""

    def add(self, words):
        if ON_PICO:
            print("journal:", words)
        if self._file:
            now = time.ticks_us()
            self._file.write("%d.%06d %s%s\n" % (now // 1000000, now % 1000000, self._address, words))
            self._file.flush()


def told(target_class, journal):
    """A Target whose handlers write a line first, as the C++ target's dispatch does."""
    declare = target_class.command

    def command(target, text, help="", alone=False):
        words = text.split(" -> ")[0].split(" @")[0].split(" ")
        names = [word.split(":")[0] for word in words]

        def take(handler):
            def journaled(*values):
                journal.add(" ".join([names[0]] + ["%s=%s" % (name, as_text(value)) for name, value
                                                   in zip(names[1:], values)]))
                return handler(*values)

            return declare(target, text, help, alone)(journaled)

        return take

    return type("Told", (target_class,), {"command": command})


def as_text(value):
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.hex() if isinstance(value, bytes) else str(value)


def program(journal):
    # Generous: on a busy machine a byte of the virtual bus may take its time.
    settle = {} if ON_PICO else {"settle_ms": 20}
    kind = picoctl.Target if LINKED else told(picoctl.Target, journal)
    target = kind(sda=0, scl=1, address=ADDRESS, slots=7, **settle)
    gpio.add_to(target)

    def set_light(n, on):
        if n >= len(LIGHTS):
            raise ValueError("lights are 0 to 3")
        machine.Pin(LIGHTS[n], machine.Pin.OUT).value(on)
        target["light%d" % n] = 1 if on else 0

    @target.command("led n:u8 on:bool", help="Turn a light on or off: 0 is the board's LED, 1 is GP15")
    def led(n, on):
        set_light(n, on)

    @target.command("light n:u8 on:bool token:u32",
                    help="Turn a light on or off; the journal holds the token")
    def light(n, on, token):
        set_light(n, on)

    @target.command("pulse pin:u8 time:u16[ms]",
                    help="Drive a pin high for so long, then low")
    def pulse(pin, milliseconds):
        out = machine.Pin(pin, machine.Pin.OUT)
        out.value(1)
        time.sleep_ms(milliseconds)
        out.value(0)

    @target.command("wait time:u32", help="Sleep so many milliseconds in the handler")
    def wait(milliseconds):
        time.sleep_ms(milliseconds)

    def add_register(n):
        @target.register(n, "light%d:u8" % n, help="Light %d" % n)
        def written(value):
            if not LINKED:
                journal.add("light%d value=%d" % (n, value))
            set_light(n, value)

    for n in range(len(LIGHTS)):
        add_register(n)
    return target


def main():
    if setting("GC"):
        gc.threshold(int(setting("GC")))
    journal = Journal()
    while True:
        target = program(journal)
        target.start()
        print("running")
        if ON_PICO:
            return target.run()
        try:
            target.run()
        except machine.Restart:
            machine.Pin.power_on()


main()
