"""Plain registers, batches, and the raw escape."""

import subprocess
import sys

import picoctl
import pytest
from picoctl import i2c_msg


def test_registers_by_number_and_name(pico):
    pico.registers[1] = 1
    assert pico.registers["light1"] == 1 and pico.registers[1] == 1
    pico.registers["light2"] = 1
    assert dict(pico.registers) == {"light0": 0, "light1": 1, "light2": 1, "light3": 0}
    assert pico.gpio.read(15) is True


def test_several_registers_at_once(pico):
    pico.registers[0] = [1, 0, 1, 1]
    assert [pico.registers[n] for n in range(4)] == [1, 0, 1, 1]


def test_registers_as_a_mapping(pico):
    assert len(pico.registers) == 4 and list(pico.registers)[1] == "light1"
    assert 1 in pico.registers and "light1" in pico.registers and 9 not in pico.registers
    assert pico.registers.get(9) is None
    assert "1: light1" in repr(pico.registers)


@pytest.mark.parametrize("key", [9, -1, 300, "light9", ""])
def test_no_such_register(pico, key, record_property):
    record_property("provokes", "no_such_register")
    with pytest.raises(KeyError) as caught:
        pico.registers[key]
    assert isinstance(caught.value, picoctl.NoSuchRegister)
    with pytest.raises(picoctl.NoSuchRegister):
        pico.registers[key] = 1


@pytest.mark.parametrize("value, error", [(256, ValueError), (-1, ValueError), ("x", TypeError),
                                          (None, TypeError), ([1] * 5, picoctl.BadCall)])
def test_register_values_that_do_not_fit(pico, value, error):
    with pytest.raises(error):
        pico.registers[1] = value
    assert pico.journal() == []


def test_a_register_key_is_a_number_or_a_name(pico):
    with pytest.raises(TypeError, match="a number or a name"):
        pico.registers[1.5]


def test_batch_as_a_block(pico):
    with pico.batch() as batch:
        batch.led(1, on=True)
        pin = batch.gpio.read(15)
        batch.call("led", 2, True)
    assert pin.value is True and pin.ran
    assert [entry.command for entry in pico.journal()] == ["led", "gpio.read", "led"]
    assert len(batch.results) == 3


def test_batch_as_a_list(pico):
    results = pico.batch([("led", 1, True), ("gpio.read", 15), ("system.identify",)])
    assert [result.value for result in results][:2] == [None, True]
    assert results[2].value.board == "virtual"


def test_a_batch_stops_at_the_first_failure_and_raises_it(pico):
    with pytest.raises(picoctl.CommandFailed) as caught:
        pico.batch([("led", 1, True), ("gpio.write", 1, True), ("led", 2, True)])
    first, second, third = caught.value.results
    assert caught.value.id == "pin_reserved" and second.error is caught.value
    assert first.ran and first.value is None and not third.ran
    with pytest.raises(picoctl.NotRun):
        third.value
    with pytest.raises(picoctl.CommandFailed):
        with pico.batch() as batch:
            batch.gpio.write(1, True)


def test_a_batch_may_go_on(pico):
    results = pico.batch([("gpio.write", 1, True), ("led", 2, True)], go_on=True)
    assert results[0].error.id == "pin_reserved" and results[1].ran
    assert pico.registers["light2"] == 1


@pytest.mark.parametrize("commands, error", [
    ([("led", 1, True), ("lde", 1)], picoctl.NoSuchCommand),
    ([("led", 1, True), ("led", 1)], picoctl.WrongArguments),
    ([("led", 1, True), ("led", 1, 7)], picoctl.OutOfRange),
    ([("led", 1, True), "led"], TypeError), ([("led", 1, True), ()], TypeError),
])
def test_nothing_of_a_batch_runs_if_one_makes_no_sense(pico, commands, error):
    with pytest.raises(error):
        pico.batch(commands)
    assert pico.journal() == []


def test_a_block_that_raises_sends_nothing(pico):
    with pytest.raises(ZeroDivisionError):
        with pico.batch() as batch:
            batch.led(1, True)
            1 / 0
    assert pico.journal() == []
    with pytest.raises(ValueError, match="inside its with block"):
        batch.led(1, True)


def test_raw_transactions_in_smbus2s_shape(pico):
    ask, answer = i2c_msg.write(0x41, [0x80]), i2c_msg.read(0x41, 32)
    pico.i2c_rdwr(ask, answer)
    assert bytes(answer)[:3] == b"\xf0PC" and list(answer)[1] == ord("P") and len(answer) == 32
    pico.i2c_rdwr(i2c_msg.write(0x41, b"\x01\x01"))
    assert pico.registers[1] == 1


def test_raw_transactions_take_smbus2s_own_messages(pico):
    smbus2 = pytest.importorskip("smbus2")
    ask, answer = smbus2.i2c_msg.write(0x41, [0x80]), smbus2.i2c_msg.read(0x41, 32)
    pico.i2c_rdwr(ask, answer)
    assert bytes(list(answer))[:3] == b"\xf0PC"


@pytest.mark.parametrize("make", [
    lambda: i2c_msg.write(0x80, [1]), lambda: i2c_msg.write(0x41, [256]),
    lambda: i2c_msg.read(0x41, 0), lambda: i2c_msg.read(0x41, 9000),
    lambda: i2c_msg.write(0x41, bytes(9000))])
def test_raw_messages_that_make_no_sense(make):
    with pytest.raises(ValueError):
        make()


def test_a_raw_transaction_that_nobody_answers(pico, record_property):
    record_property("provokes", "no_answer")
    with pytest.raises(OSError) as caught:
        pico.i2c_rdwr(i2c_msg.write(0x30, [1]))
    assert caught.value.id == "no_answer" and isinstance(caught.value, picoctl.OutcomeUnknown)
    with pytest.raises(ValueError, match="at least one"):
        pico.i2c_rdwr()


def test_the_beginners_smbus2_program_drives_the_same_register(pico):
    program = ("from smbus2 import SMBus\n"
               "SMBus(1).write_byte_data(0x41, 1, 1)\n")
    pytest.importorskip("smbus2")
    subprocess.run([sys.executable, "-m", "picoctl", "--bus", pico.bus, "run", "--", sys.executable,
                    "-c", program], check=True, timeout=60)
    assert pico.registers["light1"] == 1
