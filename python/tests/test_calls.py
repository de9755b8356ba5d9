"""Commands as methods: arguments, replies, and what help() says."""

import copy
import fractions
import inspect
import pickle
import pydoc

import picoctl
import pytest


def ran(pico):
    return [(entry.command, entry.arguments) for entry in pico.journal()]


def test_a_light_goes_on(pico):
    assert pico.led(1, on=True) is None
    assert pico.gpio.read(15) is True
    assert ran(pico) == [("led", {"n": 1, "on": 1}), ("gpio.read", {"pin": 15})]


@pytest.mark.parametrize("arguments, named", [
    ((1, True), {}), ((1,), {"on": True}), ((), {"n": 1, "on": True}), ((), {"on": True, "n": 1}),
    ((1, "on"), {}), (("0x01", 1), {}), ((1.0, True), {}), ((fractions.Fraction(1), True), {}),
])
def test_arguments_by_place_and_by_name(pico, arguments, named):
    pico.led(*arguments, **named)
    assert ran(pico) == [("led", {"n": 1, "on": 1})]


def test_whatever_counts_as_a_number_is_one(pico):
    class Pin:
        def __index__(self):
            return 15

    pico.gpio.write(Pin(), True)
    assert pico.gpio.read(15) is True


@pytest.mark.parametrize("data", [b"", b"\x00\xff", bytearray(b"abc"), memoryview(b"abc"),
                                  bytes(range(239)), [1, 2, 255], (0,)])
def test_bytes_go_over_and_come_back(pico, data):
    assert pico.system.echo(data) == bytes(data)


def test_text_goes_over_and_comes_back(pico):
    pico.system.name("plotter")
    assert pico.system.identify().name == "plotter"


def test_enumerations_go_by_name_or_number(pico):
    pico.gpio.mode(3, "output", "none")
    pico.gpio.mode(3, mode=0, pull="up")
    assert pico.gpio.read(3) is True


def test_a_reply_of_several_values_is_a_named_tuple(pico):
    reply = pico.system.identify()
    name, board, reset = reply
    assert (reply.board, board, name, reset) == ("virtual", "virtual", "", "power_on")
    assert pickle.loads(pickle.dumps(reply)) == reply
    assert pickle.loads(pickle.dumps(reply)).board == "virtual"


def test_a_large_number_keeps_all_its_bits(pico):
    assert pico.gpio.write_group(0xFFFFFFFC & 0x1C, 0x14) is None
    assert pico.gpio.read_group(0x1C) == 0x14
    assert isinstance(pico.identity.unique_id, int) and pico.identity.unique_id > 2**32


def test_call_reaches_every_command_by_its_full_name(pico):
    assert pico.call("gpio.read", 15) is False
    pico.call("led", 1, on=True, timeout=2)
    assert pico.commands["gpio.read"](15) is True


def help_on(command):
    """In one line: from Python 3.13 on a long signature takes several."""
    return " ".join(pydoc.plain(pydoc.render_doc(command)).split()).replace("( ", "(")


def test_help_is_the_picos_own(pico):
    text = help_on(pico.led)
    assert "led(n: int, on: bool, *, timeout: float | None = None) -> None" in text
    assert "Turn a light on or off: 0 is the board's LED, 1 is GP15" in text
    assert "n: u8, 0 to 255" in text
    text = help_on(pico.gpio.mode)
    assert "gpio.mode(pin: int, mode: Literal['input', 'output'], " in text
    assert "'none' or 'up' or 'down'" in text


def test_signatures(pico):
    signature = inspect.signature(pico.led)
    assert list(signature.parameters) == ["n", "on", "timeout"]
    assert signature.parameters["on"].annotation is bool
    assert signature.return_annotation is None
    assert inspect.signature(pico.gpio.read).return_annotation is bool
    assert pico.led.__name__ == "led" and pico.gpio.read.__doc__.startswith("Read a pin")


def test_completion_shows_commands_and_namespaces(pico):
    assert {"led", "gpio", "system", "call", "registers"} <= set(dir(pico))
    assert {"read", "write", "mode"} <= set(dir(pico.gpio))
    assert hasattr(pico, "led") and not hasattr(pico, "lde") and not hasattr(pico.gpio, "wipe")


def test_repr(pico):
    assert repr(pico).startswith("<picoctl.VirtualPico at 0x41 on virtual:")
    assert "led(n: int" in repr(pico.led)
    assert "gpio.*: mode, write, read" in repr(pico.gpio)
    pico.close()
    assert repr(pico).endswith(", closed>")


def test_nothing_is_set_by_mistake(pico):
    with pytest.raises(AttributeError, match=r"pico.registers\['light1'\] = "):
        pico.light1 = 1
    with pytest.raises(AttributeError, match="called, not set"):
        pico.gpio.read = 1


def runs_on_behind_its_deadline(wait):
    """A busy machine may not have begun it by then: nobody knows, and another one is tried that takes longer."""
    for deadline, milliseconds in ((0.2, 600), (1, 2500), (4, 9000)):
        with pytest.raises((picoctl.StillRunning, picoctl.OutcomeUnknown, picoctl.NotRun)) as caught:
            wait(milliseconds, deadline)
        if caught.type is picoctl.StillRunning:
            return True
    return False


def test_a_command_may_say_how_long(pico):
    pico.wait.within(5)(1200)
    pico.wait(1200, timeout=5)
    assert runs_on_behind_its_deadline(lambda milliseconds, deadline: pico.wait(milliseconds, timeout=deadline))
    pico.led(1, True)  # behind it


def test_a_connection_may_say_how_long(pico):
    def wait(milliseconds, deadline):
        with picoctl.connect(bus=pico.bus, timeout=deadline) as hasty:
            hasty.wait(milliseconds)

    assert runs_on_behind_its_deadline(wait)


@pytest.mark.parametrize("timeout, error", [(0, ValueError), (-1, ValueError), (1e9, ValueError),
                                            (float("nan"), ValueError), ("1", TypeError),
                                            (True, TypeError)])
def test_timeouts_that_are_none(pico, timeout, error):
    with pytest.raises(error, match="timeout is"):
        pico.led(1, True, timeout=timeout)
    assert pico.journal() == []


def test_a_closed_connection_says_so(pico):
    pico.close()
    pico.close()
    with pytest.raises(picoctl.NotRun, match="this connection is closed"):
        pico.led(1, True)


def test_closing_frees_the_session(pico):
    for _ in range(20):  # more than there are sessions
        with picoctl.connect(bus=pico.bus, address=0x41) as other:
            other.led(1, True)
    assert pico.system.stats().sessions == 1


def test_counters(pico):
    pico.led(1, True)  # the first call reads the description
    before = pico.counters.done
    pico.led(1, True)
    assert pico.counters.done == before + 1
    assert pico.counters.retries == 0


def test_copies_do_not_run_in_circles(pico):
    assert copy.copy(pico.gpio).read(15) is False
    assert copy.copy(pico.led).__name__ == "led"
    assert copy.copy(pico.gpio.read)(15) is False
    with pytest.raises(TypeError):
        pickle.dumps(pico)  # a connection is of this process
