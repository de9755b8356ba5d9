#!/usr/bin/python3
"""Writes docs/RELIABILITY.md from what the sweep counted.

    build/check/gcc/tests/sweep --json FILE
    docs/reliability.py FILE            write it
    docs/reliability.py --check FILE    say whether it is what would be written; exit 1 if not
"""

import argparse
import json
import pathlib
import sys

PAGE = pathlib.Path(__file__).resolve().parent / "RELIABILITY.md"

INTRODUCTION = """# Nothing lost, nothing run twice

<!-- Written by docs/reliability.py from a run of tests/faults. Do not edit: run it again. -->

Every acknowledged command ran exactly once. Every other one ran once or not at all, and its caller is
told so. That held under every fault tried here. All of it ran without hardware: on virtual Picos, with the
code of the real ones, on a bus that knows bits, acknowledges and held lines. The times are the bus's.

Three things are assumed, not shown: a CRC of 16 bits lets one of 65 536 frames pass that are damaged in more
than a few bits, and then length, sequence and session still have to fit; no copy of a request to a
MicroPython mailbox turns up after a restart of that Pico (`NO_COPIES` in `tests/model/README.md`); and whoever
drives the bus puts a request on it once (`SINGLE_TRY`). An adapter that by itself sends it again, as Linux allows
after lost arbitration, and meets a second fault in that same transfer can make a command run twice: damage in the
bits that name the session, or a loss of power. **28 of 10^7 runs** with one to three faults by chance ended so
(`sweep --random 10000000 --seed 20261126`): of the 20 that the run names, 19 hold a doubled frame, and one is of two
Picos at one address, of which one lost its power.

## What was run

The sweep makes {exchanges} exchanges: {names}. Each begins with who is there and the opening of a
session, and ends with a goodbye. In each it strikes once, with every fault, at every bit, byte, clock
pulse or transfer where that fault can strike. Then another program makes one more call. After each of
these {tried} runs:

- the next call succeeds;
- every command ran at most once, every acknowledged one exactly once, and a batch whole or not at all
  unless its Pico restarted in the middle;
- nothing ran that nobody sent;
- every error names its cause.

Executions are counted from the journal that the handlers write, never from the link's counters.

A fault that changed nothing on the wire does not count; the table shows both numbers. A fault that is
`detected` was noticed by one of the ends; the others did no harm: a bit of a goodbye, or one that nobody
looks at. `retried`, `kept` (answered from the kept answer) and `renewed` (a new session) are the ways
out, and a kind of fault whose way out was never taken fails the run. `worst` is the time that the
exchange and the call after it took longer than without the fault.

"""

AFTER = """
Two rows with long times are what they are told to be: the line is held, or the Pico gone, until after the
call has used up its second.

The seed of everything that is left to chance is {seed}. Any case can be played again, in full:

```
sweep --seed {seed} --replay {example}
```

`sweep --pairs N` strikes twice in the core exchanges, each pair of faults N times; `sweep --random N --seed S`
makes N runs with one to three faults by chance. `./check --deep` does both, with 10^7 runs. A core of
the sweep runs against the image `picoctl-pico.uf2` in the emulator and against MicroPython in its unix
port (`tests/system/test_sweep.py`), with the same rules.

To try a program of your own: `picoctl fault list`, and [TEST-YOUR-PICO.md](TEST-YOUR-PICO.md).

## Row by row

The rows are those of the fault catalogue that picoctl was planned with.

"""

# Row, the fault, and what proves the promise.
ROWS = [
    (1, "1 to 3 bits of a frame inverted", "the sweep (`flip_bit`); `link/crc16_test.cpp`"),
    (2, "bursts, bit slips, all zeros, all ones", "the sweep (`burst`, `slip`); `link/crc16_test.cpp`"),
    (3, "address not acknowledged", "the sweep (`nack_address`)"),
    (4, "data not acknowledged", "the sweep (`flip_ack`, `cut`)"),
    (5, "command or answer lost", "the sweep (`nack_address`, `lose_answer`, `skip_read`)"),
    (6, "doubled and stale frames", "the sweep (`double_frame`, `stale_frame`)"),
    (7, "SDA stuck", "the sweep (`hold_sda`, `stuck_sda`, `incomplete_address_phase`); `controller/recovery_test.cpp`; the pins of a Pi: `cli/tests/test_recover.py`"),
    (8, "a write cut at its acknowledge", "the sweep (`incomplete_write_byte`, `inject_panic`); `controller/recovery_test.cpp`"),
    (9, "SCL stuck or held", "the sweep (`stretch`, `stretch_beyond`, `stuck_scl`)"),
    (10, "arbitration lost, two controllers", "the sweep (`lose_arbitration`, `busy`, `second_controller`, `second_session`)"),
    (11, "two Picos at one address", "the sweep (`twin`); `target/move_test.cpp`, `tests/faults/twins_test.cpp`, `tests/system/test_faults.py`"),
    (12, "the Pico resets at any byte", "the sweep (`reset`); `controller/restart_test.cpp`"),
    (13, "brown-out, boot loop", "the sweep (`brown_out`); `target/safe_mode_test.cpp`, `tests/faults/boot_loop_test.cpp`, `emulator/test/promises.test.ts`"),
    (14, "the controller is killed", "`tests/system/test_faults.py`; outputs: `tests/faults/failsafe_test.cpp`, in programs that add failsafe"),
    (15, "the session that armed it is silent", "`target/failsafe_test.cpp`, `tests/faults/failsafe_test.cpp`, `emulator/test/promises.test.ts`"),
    (16, "oversize frame, lying length", "`link/frame_test.cpp`, `target/register_face_test.cpp`"),
    (17, "malformed or unknown command", "`link/dispatch_test.cpp`, `target/core_test.cpp`"),
    (18, "flooding", "`target/core_test.cpp`"),
    (19, "a handler that never returns", "`tests/faults/watchdog_test.cpp`, `tests/system/test_faults.py`"),
    (20, "a handler that fails", "the sweep (exchange `refused`)"),
    (21, "version or description mismatch", "`controller/session_test.cpp`, `controller/pico_test.cpp`"),
    (22, "i2cdetect and foreign traffic", "`tests/system/test_unmodified_programs.py`"),
    (23, "hot plug", "the sweep (`vanish`)"),
    (24, "power lost while flash is written", "the sweep (`power_loss_at_flash`); `target/settings_test.cpp`, at every byte; the image: `emulator/test/promises.test.ts`"),
    (25, "clocks that wrap", "`target/i2c_target_test.cpp`, `link/slots_test.cpp`"),
    (26, "the Pi's clock-stretch fault", "the sweep of moments in `emulator/src/sweep.ts`"),
    (27, "a client killed while another waits", "`controller/claim_test.cpp`, `tests/system/test_faults.py`"),
    (28, "a slow or half-open client", "`virtual/server_test.cpp`"),
]


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def kind_row(kind, row, seed):
    return (kind["row"], f"`{kind['name']}`: {kind['says']}", row["tried"], row["changed"], row["detected"],
            row["retried"], row["kept"], row["renewed"], row["lost"], row["doubled"],
            f"{row['worst_ns'] / 1e6:.1f}", seed)


def page(run):
    rows = [kind_row(kind, run["rows"][kind["name"]], run["seed"]) for kind in run["kinds"]]
    tried = sum(row["tried"] for row in run["rows"].values())
    slowest = max(run["rows"].values(), key=lambda row: row["worst_ns"])
    columns = ("row", "fault", "tried", "changed the wire", "detected", "retried", "kept", "renewed",
               "lost", "doubled", "worst ms", "seed")
    names = ", ".join(f"`{name}`" for name in run["exchanges"])
    return (INTRODUCTION.format(exchanges=len(run["exchanges"]), names=names, tried=tried)
            + table(columns, sorted(rows, key=lambda row: row[0]))
            + AFTER.format(seed=run["seed"], example=slowest["worst_case"])
            + table(("row", "fault", "proof"), ROWS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=pathlib.Path, help="what sweep --json wrote")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    options = parser.parse_args()
    run = json.loads(options.run.read_text())
    if run["wrong_count"] or run["untaken"]:
        print("docs: the sweep failed; there is nothing to boast of")
        return 1
    text = page(run)
    if PAGE.exists() and PAGE.read_text() == text:
        print("docs: docs/RELIABILITY.md is up to date")
        return 0
    if options.check:
        print("docs: stale: docs/RELIABILITY.md; run the sweep with --json, then docs/reliability.py")
        return 1
    PAGE.write_text(text)
    print("docs: written: docs/RELIABILITY.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
