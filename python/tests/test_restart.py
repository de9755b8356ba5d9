"""Pico.on_restart(): state that a restarted Pico has lost is set again before the next command."""

import gc
import signal
import weakref

import bus_client
import picoctl
import pytest


@pytest.fixture
def restart(pico, fault):
    """The Pico starts anew, between two commands: amid a transfer of somebody else."""
    def now():
        fault("reset", address=0x41)
        with bus_client.Bus(pico.bus.removeprefix("virtual:")) as bus:
            bus.transfer((0x41, [0x80]), (0x41, 4))
    return now


def ran(pico):
    """The tokens of its lights since its start, in order."""
    return [entry.arguments["token"] for entry in pico.journal() if entry.command == "light"]


def test_state_is_set_again_before_the_next_command(pico, restart):
    told = []

    @pico.on_restart
    def set_again(one, what):
        told.append((one, what))
        one.light(1, True, 100)
        one.call("light", 1, on=True, token=101)

    pico.light(1, True, 1)
    before = pico.identity.boot_id
    restart()
    pico.light(1, True, 2)
    pico.light(1, True, 3)
    assert ran(pico) == [1, 100, 101, 2, 3]
    assert told == [(pico, picoctl.Restart(pico.identity.boot_id, told[0][1].cause))]
    assert pico.identity.boot_id != before and told[0][1].cause


def test_each_restart_once_and_only_while_asked_for(pico, restart):
    times = []
    pico.on_restart(lambda one, what: times.append(what.boot_id))
    for token in (1, 2):
        restart()
        pico.light(1, True, token)
    assert len(set(times)) == 2
    pico.on_restart(None)
    restart()
    pico.light(1, True, 3)
    assert len(times) == 2 and ran(pico) == [1, 2, 3]


@pytest.mark.parametrize("first", [
    lambda pico: pico.batch([("light", 1, True, 5)]), lambda pico: pico.registers[1],
    lambda pico: pico.commands, lambda pico: pico.light(1, on=True, token=5)],
    ids=["batch", "register", "commands", "by_name"])
def test_whatever_notices_it(pico, restart, first):
    pico.on_restart(lambda one, what: one.light(1, True, 100))
    restart()
    first(pico)
    pico.light(1, True, 6)
    assert [token for token in ran(pico) if token != 5] == [100, 6]


def test_what_the_callback_raises_ends_the_call_that_was_not_sent(pico, restart):
    @pico.on_restart
    def fails(one, what):
        raise LookupError("no state is known")

    light = pico.light
    restart()
    with pytest.raises(LookupError, match="no state is known") as caught:
        light(1, True, 1)
    assert isinstance(caught.value.__cause__, picoctl.NotRun)
    pico.light(1, True, 2)
    assert ran(pico) == [2]


def test_ctrl_c_in_the_callback(pico, restart):
    pico.on_restart(lambda one, what: signal.raise_signal(signal.SIGINT))
    restart()
    with pytest.raises(KeyboardInterrupt):
        pico.light(1, True, 1)
    pico.light(1, True, 2)
    assert ran(pico) == [2]


def test_the_callbacks_own_calls_may_fail(pico, restart):
    @pico.on_restart
    def partly(one, what):
        with pytest.raises(picoctl.CommandFailed):
            one.gpio.write(1, True)
        with pytest.raises(picoctl.NotRun, match="cannot close"):
            one.close()
        one.light(1, True, 100)

    restart()
    pico.light(1, True, 1)
    assert ran(pico) == [100, 1] and not pico.closed


def test_the_callback_may_set_another(pico, restart):
    pico.on_restart(lambda one, what: one.on_restart(lambda two, _: two.light(1, True, 100)))
    for token in (1, 2):
        restart()
        pico.light(1, True, token)
    assert ran(pico) == [1, 100, 2]


def test_a_callback_keeps_no_pico_alive(pico):
    other = picoctl.connect(bus=pico.bus)
    other.on_restart(lambda one, what, mine=other: None)
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("what", [7, "f"])
def test_only_what_can_be_called(pico, what):
    with pytest.raises(TypeError, match="a function of a Pico and a Restart"):
        pico.on_restart(what)


def test_a_closed_pico_takes_none(pico):
    other = picoctl.connect(bus=pico.bus)
    other.close()
    with pytest.raises(picoctl.NotRun):
        other.on_restart(lambda one, what: None)
