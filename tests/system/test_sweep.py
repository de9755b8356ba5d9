"""The core of the sweep on a Pico that runs, in real time: each kind of fault, the same invariants.

On virtual Picos the sweep is exhaustive (./check --stage faults); here it shows that the same holds for
an image as it is flashed, and for MicroPython.
"""
import os
import re

import pytest

SWEEP = os.environ.get("PICOCTL_SWEEP")


@pytest.mark.needs("sweep")  # that PICOCTL_SWEEP names; an emulated MicroPython is too slow
@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_and_nothing_runs_twice(pico, seed, record_property):
    cases = 600 if os.environ.get("PICOCTL_DEEP") else pico.sweep_cases
    done = pico.run(SWEEP, "--bus", f"virtual:{pico.socket}", "--journal", pico.journal_path,
                    "--largest", pico.room - 1, "--seed", seed, "--cases", cases, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"^{cases} cases, seed {seed}: 0 wrong$", done.stdout, re.M), done.stdout
    record_property("table", done.stdout)

