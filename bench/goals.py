"""What the benchmark is to reach, and what a run says of it."""
from dataclasses import dataclass
from typing import Callable

NAMES = {
    "no_stretch": "picoctl, C++", "mid_phase": "picoctl, C++, mid_phase",
    "sleeping": "picoctl, C++, sleeping between polls", "sdk_driver": "pico-sdk, pico_i2c_slave",
    "mem": "MicroPython I2CTarget, mem=", "handlers": "MicroPython I2CTarget, Python handlers",
    "library": "picoctl, MicroPython library", "user_module": "picoctl, MicroPython user module",
}
KHZ = {100: 0, 400: 1, 1000: 2}
SMBUS = "Python: smbus2, block read of 8 bytes"
PYTHON_CALL = "Python: picoctl, pico.led(1, on=True)"


def at(run, program, khz):
    return run["emulated"][program][KHZ[khz]]


def peak_hold(run, program, khz):
    return max(read["longestHold"] for read in at(run, program, khz)["reads"])


@dataclass
class Goal:
    figure: str
    anchor: str
    goal: str
    value: Callable  # of a run: the number that is compared
    reached: Callable  # of that number
    shown: Callable = lambda value: f"{value:g}"
    emulated: bool = True


def us(row):
    return row["us"]["median"]


def instructions(row):
    return row["instructions"]


def default_image(run):
    image = run["size"]["images"]["picoctl-pico"]
    return image["flash_bytes"], image["ram_bytes"]


GOALS = (
    Goal("receive interrupt, cycles per byte", "151 (`pico_i2c_slave`)", "40 or less",
         lambda run: at(run, "no_stretch", 400)["cyclesPerByteReceived"], lambda v: v <= 40,
         lambda v: f"{v:.1f}"),
    Goal("transmit interrupt, cycles per byte", "128", "30 or less",
         lambda run: at(run, "no_stretch", 400)["cyclesPerByteSent"], lambda v: v <= 30,
         lambda v: f"{v:.1f}"),
    Goal("interrupts per foreign transaction", "2", "0",
         lambda run: at(run, "no_stretch", 400)["interruptsPerForeign"], lambda v: v == 0),
    Goal("SCL hold beyond tLOW, no_stretch, 400 kHz", "4 ns per byte", "0",
         lambda run: peak_hold(run, "no_stretch", 400), lambda v: v == 0, lambda v: f"{v:.0f} ns"),
    Goal("the same, 1 MHz", "904 ns per byte", "264 ns, once per read",
         lambda run: (peak_hold(run, "no_stretch", 1000),
                      at(run, "no_stretch", 1000)["reads"][0]["holds"]),
         lambda v: v[0] <= 264 and v[1] <= 1,
         lambda v: f"{v[0]:.0f} ns, {v[1]} in a read of 16"),
    Goal("16-byte read at 1 MHz against the ideal", "1.09", "1.01",
         lambda run: at(run, "no_stretch", 1000)["reads"][0]["overIdeal"],
         lambda v: round(v, 2) <= 1.01, lambda v: f"{v:.3f}"),
    Goal("acknowledged 4-byte commands a second at 400 kHz, in the trace",
         "ceiling 2424; Pololu 2190 unchecked writes of 8 bytes", "2375 or more",
         lambda run: at(run, "no_stretch", 400)["checked"]["perSecond"], lambda v: v >= 2375,
         lambda v: f"{v:.0f}"),
    Goal("no-op commands in a batch, cycles each, CRC included (and without)",
         "141 (Klipper, RP2040, USB)", "100 or less",
         lambda run: (at(run, "sleeping", 400)["batch"]["loop"],
                      at(run, "sleeping", 400)["batch"]["withoutCrc"]),
         lambda v: v[0] <= 100, lambda v: f"{v[0]:.0f} ({v[1]:.0f})"),
    Goal("byte times of payload over all bit times, 64-byte acknowledged write", "–", "0.80 or more",
         lambda run: at(run, "no_stretch", 400)["payloadShare"], lambda v: v >= 0.80,
         lambda v: f"{v:.3f}"),
    Goal("C++ call, instructions beyond the ioctl", "–", "2000 or fewer",
         lambda run: run["host"]["library_beyond_the_ioctl"]["instructions"], lambda v: v <= 2000,
         lambda v: f"{v:.0f}", False),
    Goal("Python call against smbus2's block read in the same run", "smbus2's", "no slower",
         lambda run: [part(run["host"]["calls"][name]) for part in (us, instructions)
                      for name in (PYTHON_CALL, SMBUS)],
         lambda v: v[0] <= v[1] and v[2] <= v[3],
         lambda v: f"{v[0]:.0f} us, smbus2 {v[1]:.0f} us; {v[2]:.0f} and {v[3]:.0f} instructions", False),
    Goal("longest stretch after a byte, MicroPython library", "33-115 us (Python handlers)",
         "2.5 us or less", lambda run: peak_hold(run, "library", 400) / 1000, lambda v: v <= 2.5,
         lambda v: f"{v:.2f} us"),
    Goal("flash and static RAM of the default image", "20.6 KB, 1.7 KB (seesaw, a smaller chip)",
         "24 KB, 4 KB or less", default_image, lambda v: v[0] <= 24576 and v[1] <= 4096,
         lambda v: f"{v[0]} and {v[1]} bytes", False),
)


def rows(run):
    """(goal, what was measured, whether it is reached); nothing of what a run left out."""
    found = []
    for goal in GOALS:
        try:
            value = goal.value(run)
        except (KeyError, TypeError):
            continue
        found.append((goal, goal.shown(value), goal.reached(value)))
    return found
