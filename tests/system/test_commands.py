"""The main job, by each caller: a command goes over, the right thing happens, the answer comes back."""

import pytest
from conftest import echo, token


@pytest.mark.core
def test_a_light_goes_on_and_off(pico, caller):
    caller.call(pico, "led", "1", "on")
    assert caller.call(pico, "gpio.read", "15") == {"on": True}
    caller.call(pico, "led", "1", "off")
    assert caller.call(pico, "gpio.read", "15") == {"on": False}
    assert [command for _, command, _ in pico.journal()
            if command == "led"] == ["led", "led"]


def test_each_command_runs_once_with_its_arguments(pico, caller):
    pulses = [{"pin": str(pin), "time": str(pin + 1)} for pin in (14, 15, 16)]
    for pulse in pulses:
        caller.call(pico, "pulse", pulse["pin"], pulse["time"])
    assert [arguments for _, command, arguments in pico.journal() if command == "pulse"] == pulses


@pytest.mark.core
def test_echo_returns_what_it_got(pico, caller):
    longest = pico.room - 1 if pico.room in (240, 64) else 39
    reply = caller.call(pico, "system.echo", "0x" + "a5" * longest)
    data = reply["data"]
    value = bytes(data["bytes"]) if isinstance(data, dict) else bytes.fromhex(data.removeprefix("0x"))
    assert value == b"\xa5" * longest


def test_a_group_of_pins_changes_at_once(pico, caller):
    caller.call(pico, "gpio.write_group", "0x0000e000", "0x0000a000")
    assert caller.call(pico, "gpio.read_group", "0x0000e000") == {"values": 0xA000}


@pytest.mark.core
def test_the_links_own_pins_are_refused(pico, caller, record_property):
    record_property("provokes", "pin_reserved")
    done = caller.raw(pico, "call", "gpio.write", "1", "on")
    assert done.returncode == 1
    assert "GP1 is this link's SCL" in done.stdout + done.stderr


def test_a_handler_may_take_its_time(pico, caller):
    caller.call(pico, "pulse", "14", "100")
    assert [arguments for _, command, arguments in pico.journal()
            if command == "pulse"] == [{"pin": "14", "time": "100"}]


@pytest.mark.core
def test_registers_by_name_and_number(pico, caller):
    assert caller.raw(pico, "set", "light1", "1").returncode == 0
    assert caller.call(pico, "gpio.read", "15") == {"on": True}
    reply = caller.raw(pico, "get", "0x01")
    assert reply.returncode == 0
    assert "1" in reply.stdout
    assert ("light1", {"value": "1"}) in [(c, a) for _, c, a in pico.journal()]


def test_name_survives_a_restart(pico, caller):
    caller.call(pico, "system.name", "plotter")
    caller.call(pico, "system.restart")
    pico.answers_again()
    reply = caller.call(pico, "system.identify")
    assert reply == {"name": "plotter", "board": pico.board, "reset": "restarted"}


def test_two_picos_keep_apart(start, caller):
    both = start("--address", "0x41", "--address", "0x42")
    for address, number in (("0x41", 7), ("0x42", 8)):
        done = caller.raw(both, "call", "system.echo", token(number), address=address)
        assert done.returncode == 0, done.stderr
    assert [line.split(" ", 1)[1] for line in both.journal_lines() if "echo" in line] == [
        "0x41 system.echo data=00000007", "0x42 system.echo data=00000008"]


def test_a_reply_is_a_number(pico, caller):
    assert caller.call(pico, "system.ping")["uptime"] > 0
