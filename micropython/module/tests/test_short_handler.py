"""Answers within the transaction at 100 kHz: the handler is done before the controller has said its address again.

On the emulated Pico's own clock, which repeats exactly: how busy this machine is makes no difference.
"""
import json
import subprocess

import pytest
from conftest import HERE, ROOT, system

MOMENTS = ROOT / "emulator/dist/src/moments.js"


def answers(loop, microseconds):
    """100 commands, each at another moment of the program's loop: how many were answered too late for it."""
    module = system.module_pico
    image = module.image_with(module.IMAGE, HERE / "short.py", ("loop.txt", loop))
    done = subprocess.run(["node", MOMENTS, image, "100000", "rest", str(microseconds), "0"], text=True,
                          capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("loop, microseconds", [("run()", 0), ("run()", 40), ("poll()", 0)])
def test_a_short_handler_answers_within_the_transaction(loop, microseconds):
    assert answers(loop, microseconds) == {"moments": 100, "late": 0}


def test_a_longer_one_does_not():
    """Else the test above could not fail."""
    assert answers("run()", 100) == {"moments": 100, "late": 100}
