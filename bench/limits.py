"""What the hardware's model allows at all: small programs in bench/limits/, built and run in the emulator.

Each answers one question with a count. `./bench/run --only limits` does this part alone.
"""
import json

import images
from common import OUT, ROOT, run

SOURCES = ROOT / "bench/limits"
PROGRAMS = ("batch_entry", "crc_in_loop", "crc_in_interrupt")


def figures():
    folder = OUT / "limits"
    images.cmake(SOURCES, folder, PROGRAMS)
    images.emulator()

    def answer(script, *programs):
        elves = [folder / f"{program}.elf" for program in programs]
        return json.loads(run("node", SOURCES / script, *elves).stdout)
    return {"batch_entry": answer("batch_entry.mjs", "batch_entry"),
            "crc_place": answer("crc_place.mjs", "crc_in_loop", "crc_in_interrupt")}
