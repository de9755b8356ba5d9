"""`picoctl virtual --warm FOLDER IMAGE`, as a user starts it. What a state is, and that it is exact: state.test.ts."""
import json
import os
import signal
import subprocess
import tempfile

import pytest
from conftest import FIRMWARE, PICOCTL

IMAGE = FIRMWARE / "picoctl-pico.uf2"


@pytest.fixture
def start():
    """Starts one; ends it, and gives what it said on standard error."""
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        def begin(*options, commands=()):
            bus = f"virtual:{folder}/bus"
            with subprocess.Popen([PICOCTL, "virtual", "--listen", f"{folder}/bus", *options], text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as pico:
                assert pico.stdout.readline().startswith("listening"), pico.stderr.read()
                replies = [json.loads(subprocess.run([PICOCTL, "--bus", bus, "--json", *words], text=True, check=True,
                                                     stdout=subprocess.PIPE, timeout=60).stdout)
                           for words in commands]
                pico.send_signal(signal.SIGTERM)
                said = pico.communicate(timeout=20)[1]
                assert pico.returncode == 0, said
            return replies, said

        yield begin


def refused(*options):
    done = subprocess.run([PICOCTL, "virtual", *options], text=True, capture_output=True, timeout=60)
    return done.returncode, done.stderr


def test_a_warm_pico_is_the_same_and_is_commanded(start, tmp_path):
    warm = tmp_path / "made" / "warm"
    commands = (["info"], ["call", "system.identify"], ["call", "led", "1", "on"], ["call", "gpio.read", "15"])
    cold, said = start("--warm", warm, IMAGE, commands=commands)
    assert "warm" not in said
    [state] = warm.iterdir()
    kept = state.stat()
    again, _ = start("--warm", warm, IMAGE, commands=commands)
    assert again == cold and again[-1] == {"on": True}
    assert list(warm.iterdir()) == [state] and state.stat().st_mtime_ns == kept.st_mtime_ns, "it was begun with"


def test_each_of_two_begins_with_its_own(start, tmp_path):
    options = ("--warm", tmp_path, "--address", "0x41", "--address", "0x42", IMAGE)
    ids = [{(where["address"], where["unique_id"]) for where in start(*options, commands=[["scan"]])[0][0]["found"]}
           for _ in range(2)]
    assert len(list(tmp_path.iterdir())) == 2
    assert len(ids[0]) == 2 and ids[0] == ids[1]


def test_a_broken_state_is_made_anew(start, tmp_path):
    start("--warm", tmp_path, IMAGE)
    [state] = tmp_path.iterdir()
    whole = state.stat().st_size
    os.truncate(state, whole // 2)
    start("--warm", tmp_path, IMAGE, commands=[["call", "led", "1", "on"]])
    assert state.stat().st_size > whole // 2


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    code, said = refused("--listen", tmp_path / "bus", "--warm", tmp_path / "file" / "warm", IMAGE)
    assert code == 6 and "what to do:" in said


def test_what_cannot_start_warm(tmp_path):
    assert refused("--listen", tmp_path / "bus", "--warm", tmp_path)[0] == 2, "without an IMAGE"
    assert refused("--listen", tmp_path / "bus", "--warm", tmp_path, "--usb", tmp_path / "usb", IMAGE)[0] == 2
