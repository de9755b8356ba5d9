"""The pure library's programs run unchanged on the link in C++: one with asyncio, one with a loop of its own, and
the example."""
import json

import pytest
from conftest import ROOT

PROGRAMS = ROOT / "micropython" / "tests" / "programs"
EXAMPLE = ROOT / "examples" / "pico-micropython" / "main.py"


def ask(pico, *words):
    done = pico.picoctl("--json", "--timeout", "20", "call", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name, command", [("tasks.py", "ticks"), ("polling.py", "turns")])
def test_beside_other_work(start, name, command):
    pico = start(program=PROGRAMS / name)
    counts = [ask(pico, command)["count"] for _ in range(3)]
    assert counts == sorted(counts) and counts[0] < counts[2], "both go on"


def test_the_example(start):
    pico = start(program=EXAMPLE)
    assert ask(pico, "led", "1", "on") is None
    assert ask(pico, "lit") == {"count": 1}
    assert json.loads(pico.picoctl("--json", "get", "light1").stdout)["values"] == {"light1": 1}
    refused = pico.picoctl("call", "led", "9", "on")
    assert refused.returncode == 1 and "lights are 0 to 2" in refused.stderr
    assert pico.info()["max_request"] == 240, "the link in C++"
