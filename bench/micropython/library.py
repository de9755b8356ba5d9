# picoctl's library for MicroPython, with the benchmark's commands.
import picoctl
from machine import Pin

reached = Pin(22, Pin.OUT)  # a rising edge: a handler has been reached
target = picoctl.Target(sda=0, scl=1, address=0x41)


@target.command("nothing")
def nothing():
    pass


@target.command("note value:u32")
def note(value):
    reached.on()
    reached.off()


target.run()
