# On the Pico: lights that a Raspberry Pi switches, by command and by register.
# Copy this file and the folder picoctl to the Pico: see docs/MICROPYTHON.md.
#
# It cannot lock you out. A wire between GP22 and GND at power-up leaves it at once; so does Ctrl-C
# at any time; and any mistake in it ends it with a message. Each time the REPL is there.
import sys

from machine import Pin

if Pin(22, Pin.IN, Pin.PULL_UP).value() == 0:
    print("GP22 is at GND: main.py was left out")
    sys.exit()

try:
    import picoctl

    target = picoctl.Target(sda=0, scl=1, address=0x41)
    LIGHTS = {0: Pin("LED", Pin.OUT), 1: Pin(15, Pin.OUT), 2: Pin(14, Pin.OUT)}

    @target.command("led n:u8 on:bool", help="Turn a light on or off")
    def led(n, on):
        if n not in LIGHTS:
            raise ValueError("lights are 0 to %d" % (len(LIGHTS) - 1))
        LIGHTS[n].value(on)
        if n == 1:
            target["light1"] = on  # what the register reads

    @target.command("lit -> count:u8", help="How many lights are on")
    def lit():
        return sum(light.value() for light in LIGHTS.values())

    @target.register(0x01, "light1:u8", help="Light 1: i2cset -y 1 0x41 0x01 0x01")
    def light1(value):
        LIGHTS[1].value(value)

    target.run()
except KeyboardInterrupt:
    print("main.py was stopped; import main starts it again")
except Exception as problem:  # not BaseException: a restart has to go through
    print("main.py has ended:")
    sys.print_exception(problem)
