"""Bad input of every kind, each with its documented exception."""

import os
import pathlib
import pickle
import subprocess
import tempfile
import threading
import time

import picoctl
import pytest

ROWS = picoctl._errors._ROWS


@pytest.mark.parametrize("call, error, id", [
    (lambda pico: pico.lde(1, True), picoctl.NoSuchCommand, "no_such_command"),
    (lambda pico: pico.gpio.wipe(), picoctl.NoSuchCommand, "no_such_command"),
    (lambda pico: pico.call("gpio.wipe"), picoctl.NoSuchCommand, "no_such_command"),
    (lambda pico: pico.led(), TypeError, "wrong_count"),
    (lambda pico: pico.led(1), TypeError, "wrong_count"),
    (lambda pico: pico.led(1, True, 3), TypeError, "wrong_count"),
    (lambda pico: pico.led(1, on=True, to=2), TypeError, "wrong_count"),
    (lambda pico: pico.led(1, n=1), TypeError, "wrong_count"),
    (lambda pico: pico.led(n=1), TypeError, "wrong_count"),
    (lambda pico: pico.led("one", True), TypeError, "wrong_type"),
    (lambda pico: pico.led(None, True), TypeError, "wrong_type"),
    (lambda pico: pico.led(1.5, True), TypeError, "wrong_type"),
    (lambda pico: pico.led(float("nan"), True), TypeError, "wrong_type"),
    (lambda pico: pico.led(True, True), TypeError, "wrong_type"),
    (lambda pico: pico.led(b"1", True), TypeError, "wrong_type"),
    (lambda pico: pico.led([1], True), TypeError, "wrong_type"),
    (lambda pico: pico.led(1, "perhaps"), TypeError, "wrong_type"),
    (lambda pico: pico.led(1, object()), TypeError, "wrong_type"),
    (lambda pico: pico.led({1, 2}, True), TypeError, "wrong_type"),
    (lambda pico: pico.led({1: 2}, True), TypeError, "wrong_type"),
    (lambda pico: pico.led("\ud800", True), TypeError, "wrong_type"),
    (lambda pico: pico.gpio.mode(3, "sideways", "none"), picoctl.BadCall, None),
    (lambda pico: pico.led(-1, True), ValueError, "out_of_range"),
    (lambda pico: pico.led(256, True), ValueError, "out_of_range"),
    (lambda pico: pico.led(2**64, True), ValueError, "out_of_range"),
    (lambda pico: pico.led(10**5000, True), ValueError, "out_of_range"),
    (lambda pico: pico.led(-(10**5000), True), ValueError, "out_of_range"),
    (lambda pico: pico.led(1, 2), ValueError, "out_of_range"),
    (lambda pico: pico.system.name("x" * 17), ValueError, "out_of_range"),
    (lambda pico: pico.system.echo(bytes(240)), ValueError, "out_of_range"),
    (lambda pico: pico.system.echo([256]), ValueError, "out_of_range"),
])
def test_bad_calls_are_refused_before_anything_is_sent(pico, call, error, id):
    with pytest.raises(error) as caught:
        call(pico)
    problem = caught.value
    assert isinstance(problem, picoctl.BadCall) and isinstance(problem, picoctl.PicoError)
    assert id is None or problem.id == id
    assert problem.outcome == "not_run" and problem.exit_code == 2
    assert pico.journal() == []
    assert pico.counters.retries == 0


def test_a_list_that_holds_itself(pico):
    endless = []
    endless.append(endless)
    with pytest.raises(picoctl.WrongArguments):
        pico.system.echo(endless)


def test_the_text_says_what_why_and_what_to_do(pico):
    with pytest.raises(picoctl.PicoError) as caught:
        pico.lde(1, True)
    what, cause, cure = str(caught.value).split("\n")
    assert "'lde'; did you mean 'led'?" in what and what.startswith(caught.value.what)
    assert caught.value.cause in cause and caught.value.cure in cure
    assert repr(caught.value).startswith("NoSuchCommand('no_such_command', \"'lde'")


def test_what_the_pico_refuses_has_its_own_words(pico, record_property):
    record_property("provokes", "pin_reserved")
    with pytest.raises(picoctl.CommandFailed) as caught:
        pico.gpio.write(1, True)
    assert caught.value.id == "pin_reserved" and caught.value.outcome == "done"
    assert "GP1 is this link's SCL" in caught.value.what
    assert caught.value.code == 0x42


@pytest.mark.parametrize("bus, id, error", [
    ("virtual:/nowhere/bus.sock", "virtual_bus_absent", ConnectionError),
    ("virtual:" + "x" * 200, "socket_path_too_long", OSError),
    ("i2c:250", "bus_absent", ConnectionError), (250, "bus_absent", ConnectionError),
    ("/dev/i2c-250", "bus_absent", ConnectionError), ("i2c:/dev/null", "bus_not_i2c", ConnectionError),
    ("nonsense", "bad_bus_name", picoctl.BadCall), ("i2c:", "bad_bus_name", picoctl.BadCall),
])
def test_no_bus(bus, id, error, record_property):
    record_property("provokes", id)
    with pytest.raises(error) as caught:
        picoctl.connect(bus=bus)
    assert caught.value.id == id and isinstance(caught.value, picoctl.NotRun)


def test_a_forbidden_bus(python, tmp_path, record_property):
    """As an ordinary user: root may open everything."""
    record_property("provokes", "bus_forbidden")
    bus = tmp_path / "i2c-7"
    bus.touch(mode=0)
    for folder in (tmp_path, *tmp_path.parents):
        if os.getuid() == 0 and folder.owner() == "root" and "pytest" in folder.name:
            folder.chmod(0o755)
    program = ("import os, sys, picoctl\n"
               "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
               "try: picoctl.connect(bus='i2c:' + sys.argv[1])\n"
               "except picoctl.Unreachable as problem: print(problem.id)\n")
    done = python(program, bus)
    assert done.stdout == "bus_forbidden\n", done.stderr


def test_nothing_is_found(monkeypatch, tmp_path, record_property):
    record_property("provokes", "no_pico_found")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    if pathlib.Path("/proc/device-tree/model").exists():
        pytest.skip("this may be a Raspberry Pi with a Pico")
    with pytest.raises(picoctl.Unreachable) as caught:
        picoctl.connect()
    assert caught.value.id == "no_pico_found" and "picoctl virtual" in caught.value.cure


def test_two_picos_and_no_name(record_property):
    record_property("provokes", "several_picos")
    with picoctl.virtual(addresses=[0x41, 0x42]) as first:
        with pytest.raises(picoctl.BadCall) as caught:
            picoctl.connect(bus=first.bus)
        assert caught.value.id == "several_picos" and "0x41, 0x42" in caught.value.what


def test_picos_by_name():
    with picoctl.virtual(addresses=[0x41, 0x42]) as first:
        with picoctl.connect(bus=first.bus, address=0x42) as second:
            second.system.name("plotter")
        with picoctl.connect("plotter", bus=first.bus) as found:
            assert found.address == 0x42
        with pytest.raises(picoctl.Unreachable, match="none is called 'printer'.* 0x42 'plotter'"):
            picoctl.connect("printer", bus=first.bus)
        with pytest.raises(picoctl.Unreachable, match="none is called 'plotter'"):
            picoctl.connect("plotter", bus=first.bus, address=0x41)
        first.system.name("plotter")
        with pytest.raises(picoctl.BadCall, match="0x41, 0x42 .*are all called 'plotter'"):
            picoctl.connect("plotter", bus=first.bus)


@pytest.mark.parametrize("address, error", [(0x80, ValueError), (-1, ValueError), (3, ValueError),
                                            ("0x41", TypeError), (True, TypeError)])
def test_addresses_that_are_none(pico, address, error):
    with pytest.raises(error):
        picoctl.connect(bus=pico.bus, address=address)


def test_nobody_at_that_address(pico, record_property):
    record_property("provokes", "no_answer")
    with pytest.raises(ConnectionError) as caught:
        picoctl.connect(bus=pico.bus, address=0x44)
    assert caught.value.id == "no_answer" and "0x44" in caught.value.detail


def test_a_name_is_text():
    with pytest.raises(TypeError, match="did you mean bus= or address="):
        picoctl.connect(0x41)


def test_a_pico_that_restarts(pico):
    pico.led(1, True)
    boot = pico.identity.boot_id
    pico.system.restart()
    pico.led(1, True)
    assert pico.identity.boot_id != boot
    assert [entry.command for entry in pico.journal()] == ["led", "system.restart", "led"]


def serve(socket, journal):
    process = subprocess.Popen([picoctl._parts.program("picoctl-virtual"), "--listen", str(socket),
                                "--journal", str(journal)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("listening")
    return process


def test_a_pico_that_restarts_during_a_command(record_property):
    """It ran or it did not: nobody can tell, so nobody says it did."""
    record_property("provokes", "outcome_unknown")
    told = []
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        socket, journal = pathlib.Path(folder, "bus"), pathlib.Path(folder, "journal")
        first = serve(socket, journal)
        pico = picoctl.connect(bus=f"virtual:{socket}")

        def wait():
            try:
                pico.wait(30000, timeout=60)
            except picoctl.PicoError as problem:
                told.append(problem)

        waiting = threading.Thread(target=wait)
        waiting.start()
        while "wait" not in journal.read_text():
            assert waiting.is_alive(), told
            time.sleep(0.01)
        first.terminate()
        first.wait(timeout=30)
        second = serve(socket, pathlib.Path(folder, "journal2"))
        waiting.join(timeout=60)
        pico.led(1, True)
        pico.close()
        second.terminate()
        second.wait(timeout=30)
    assert [type(problem) for problem in told] == [picoctl.OutcomeUnknown]
    assert told[0].outcome == "unknown" and isinstance(told[0], OSError)
    assert "restarted" in told[0].detail


def test_a_virtual_pico_that_vanishes(pico, fault):
    pico.led(1, True)
    fault("vanish", address=0x41)
    with pytest.raises((picoctl.OutcomeUnknown, picoctl.NotRun)):
        pico.led(1, True, timeout=0.3)
    fault("restore", address=0x41)
    pico.led(2, True)
    assert pico.registers["light2"] == 1


def test_a_bus_that_is_held(pico, fault):
    fault("hold_sda", on=True)
    with pytest.raises(picoctl.PicoError):
        pico.led(1, True, timeout=0.3)
    fault("clear")
    pico.led(1, True)


@pytest.mark.parametrize("id", sorted(ROWS))
def test_every_row_has_its_exception(id):
    problem = picoctl._errors.exception_for(id, "where", "not_run")
    code, exit_code, text, cause, cure = ROWS[id]
    assert problem.what == f"{text}: where" and problem.cause == cause and problem.cure == cure
    assert (problem.code, problem.exit_code, problem.id) == (code, exit_code, id)
    assert isinstance(problem, picoctl.NotRun)
    for outcome, kind in (("done", picoctl.CommandFailed), ("unknown", picoctl.OutcomeUnknown),
                          ("still_running", picoctl.StillRunning)):
        assert type(picoctl._errors.exception_for(id, "", outcome)) is kind


def test_exceptions_travel_between_processes():
    problem = picoctl._errors.exception_for("no_answer", "0x41", "unknown")
    problem.results = [1]
    copy = pickle.loads(pickle.dumps(problem))
    assert type(copy) is type(problem) and str(copy) == str(problem) and copy.results == [1]
