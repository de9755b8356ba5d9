"""The shipped image before a Pi 0-4, in both accounts of its clock's fault, on the virtual bus."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import pytest
from conftest import FIRMWARE, PICOCTL, ROOT
from test_bad_images import Running

sys.path.insert(0, str(ROOT / "virtual" / "tests"))
import bus_client  # noqa: E402

ACCOUNTS = ["pi4-every-check", "pi4-first-check"]


@pytest.fixture
def start():
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        running = []

        def begin(*options):
            running.append(Running(FIRMWARE / "picoctl-pico.uf2", folder, "--journal",
                                   f"{folder}/journal", *options))
            return running[-1]

        yield begin
        for pico in running:
            pico.end()


def control(pico, fault, **values):
    with bus_client.Bus(pathlib.Path(pico.socket), bus_client.CONTROL_ROLE) as bus:
        assert bus.control(fault, **values) == 0


def echo(pico, number):
    done = pico.call("--json", "call", "system.echo", f"0x{number:08x}")
    assert done.returncode == 0, done.stderr
    assert f"{number:08x}" in done.stdout


def stats(pico):
    return json.loads(pico.call("--json", "call", "system.stats").stdout)


def echoes(pico):
    return re.findall(r"system.echo data=(\w+)", pathlib.Path(pico.journal).read_text())


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("hertz", ["100000", "400000"])
def test_answers_in_time_never_fail_a_check(start, account, hertz):
    pico = start("--controller", account, "--speed", hertz)
    for number in range(10):
        echo(pico, number)
    figures = stats(pico)
    assert figures["bad_frames"] == figures["repeated"] == 0, figures
    assert echoes(pico) == [f"{number:08x}" for number in range(10)]


# At this speed SCL is held, by what holds the answer 5 us up, until 35 ns before the Pi looks.
UNLUCKY = "99300"


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_clock_that_is_missed_never_makes_a_wrong_answer(start, account):
    pico = start("--controller", account, "--speed", UNLUCKY)
    echo(pico, 0)
    for number, place in enumerate(range(4, 24, 2), 1):
        control(pico, "stretch", skip=1, address=5, value=place, on=True)
        echo(pico, number)
    assert echoes(pico) == [f"{number:08x}" for number in range(11)]
