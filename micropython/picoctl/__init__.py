"""picoctl on the Pico: commands from a Raspberry Pi over I2C, each run exactly once.

    import picoctl

    target = picoctl.Target(sda=0, scl=1, address=0x41)

    @target.command("led n:u8 on:bool", help="Turn a light on or off")
    def led(n, on):
        LIGHTS[n].value(on)

    target.run()

docs/MICROPYTHON.md tells the rest.
"""
import sys

if sys.implementation.name != "micropython":
    raise ImportError(
        "this program belongs on the Pico: it needs MicroPython there. Copy it to the Pico as "
        "main.py, beside the folder picoctl. On the Pi, 'import picoctl' is another package")

import machine

if sys.implementation.version[:2] < (1, 26) or not hasattr(machine, "I2CTarget"):
    raise ImportError(
        "this MicroPython (%s) has no machine.I2CTarget: picoctl needs 1.26 or newer. Get the "
        "current firmware for your board from MicroPython's download page, hold BOOTSEL while "
        "plugging the Pico in, and copy the UF2 file onto it"
        % ".".join(str(part) for part in sys.implementation.version[:3]))

from .errors import Error

try:
    from _picoctl import API as _api  # an image with picoctl's link in C++
except ImportError:
    _api = None

if _api == 1:
    from .linked import Target
else:
    if _api is not None:
        print("picoctl: this library and the picoctl in this image are of different versions; it uses "
              "machine.I2CTarget. A current image: ./firmware --micropython")
    from .target import Target

__version__ = "0.1.0"
__all__ = ("Error", "Target", "__version__")
