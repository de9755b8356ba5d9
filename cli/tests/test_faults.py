"""picoctl fault and picoctl recover."""
import json

import pytest


def state(shell, *words):
    done = shell("--json", "fault", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_fault_without_a_name_says_how_things_stand(shell, pico):
    found = state(shell)
    assert (found["pending"], found["sda_held"], found["scl_held"]) == (0, False, False)
    assert [(one["address"], one["state"]) for one in found["devices"]] == [(0x41, "present")]
    assert "SDA free, SCL free" in shell("fault").stdout


def test_fault_list_names_every_fault_and_its_options(shell):
    rows = json.loads(shell("--json", "fault", "list").stdout)["faults"]
    assert len(rows) == 28 and all(row["help"] for row in rows)
    text = shell("fault", "list").stdout
    assert all(row["name"] in text for row in rows)


def test_a_fault_strikes_and_the_command_runs_once(shell, pico):
    assert shell("call", "led", "1", "on").returncode == 0
    assert state(shell, "flip_bit", "--at", "30", "--skip", "2")["pending"] == 1
    assert shell("--address", "0x41", "call", "led", "2", "on").returncode == 0
    after = state(shell)
    assert (after["pending"], after["applied"]) == (0, 1)
    assert pico.ran() == ["led n=1 on=1", "led n=2 on=1"]


def test_a_device_vanishes_and_comes_back(shell, pico):
    assert state(shell, "vanish", "--device", "#0")["devices"][0]["state"] == "vanished"
    shell.fails("no_answer", 3, "--address", "0x41", "call", "led", "1", "on")
    assert state(shell, "clear")["devices"][0]["state"] == "present"
    assert shell("call", "led", "1", "on").returncode == 0


def test_a_held_line_is_freed_by_recover(shell, pico):
    assert state(shell, "hold_sda", "--pulses", "4")["sda_held"]
    assert "is free" in shell("recover").stdout
    assert not state(shell)["sda_held"]
    state(shell, "hold_scl")
    shell.fails("bus_stuck", 3, "recover")
    assert not state(shell, "hold_scl", "--off")["scl_held"]
    assert json.loads(shell("--json", "recover").stdout)["free"]


@pytest.mark.parametrize("words", [
    ["no_such_fault"], ["flip_bit"], ["flip_bit", "--at", "x"], ["flip_bit", "--at", "-1"],
    ["flip_bit", "--at", "1", "--device", "0x41"], ["vanish", "--device", "0x41", "--skip", "1"],
    ["vanish", "--device", "0x99"], ["vanish", "--device", "0x50"], ["cut", "--at", "1", "--missed"],
])
def test_a_fault_that_makes_no_sense_is_refused(shell, pico, words):
    shell.fails("usage", 2, "fault", *words)
    assert state(shell)["pending"] == 0


def test_faults_are_for_virtual_buses(shell):
    shell.fails("virtual_only", 2, "--bus", "i2c:1", "fault", "clear")


@pytest.mark.parametrize("pins", ["2", "2,2", "a,b", "2,3,4"])
def test_recover_refuses_pins_that_are_none(shell, pico, pins):
    shell.fails("usage", 2, "recover", "--pins", pins)
