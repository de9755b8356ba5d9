"""Virtual Picos for tests, and the one that is found when there is no real one."""

import os
import pathlib
import signal
import subprocess
import sys
import time

import picoctl
import pytest

pytest_plugins = ["pytester"]


def test_two_lines():
    with picoctl.virtual() as pico:
        pico.led(1, True)
    assert pico.closed


def test_the_journal(pico):
    pico.led(1, True)
    pico.registers["light2"] = 1
    assert pico.gpio.read(14)  # a write is acted on in the Pico's own time; a command comes behind it
    first, second, _ = pico.journal()
    assert first.command == "led" and first.arguments == {"n": 1, "on": True}
    assert second == ("light2", {"value": 1}, second.time, 0x41)
    assert {"system.describe"} < {entry.command for entry in pico.journal(all=True)}


def test_several_on_one_bus():
    with picoctl.virtual(addresses=[0x41, 0x42]) as first:
        with picoctl.connect(bus=first.bus, address=0x42) as second:
            second.led(1, True)
            first.led(2, True)
        assert [(entry.address, entry.arguments["n"]) for entry in first.journal()] == [
            (0x42, 1), (0x41, 2)]
        found = picoctl.scan(first.bus)
        assert [(who.address, who.kind, who.board) for who in found] == [
            (0x41, "pico", "virtual"), (0x42, "pico", "virtual")]


def test_it_leaves_nothing_behind():
    with picoctl.virtual() as pico:
        folder = pathlib.Path(pico.bus.removeprefix("virtual:")).parent
        process = pico._server.process
        assert folder.is_dir()
    assert process.poll() is not None and not folder.exists()
    forgotten = picoctl.virtual()
    process = forgotten._server.process
    del forgotten
    assert process.poll() is not None


def test_it_ends_with_its_program_however_that_goes(python):
    program = ("import picoctl, os, sys\n"
               "pico = picoctl.virtual()\n"
               "print(pico._server.process.pid, pico.bus, flush=True)\n"
               "sys.stdin.read()\n")
    process = subprocess.Popen([sys.executable, "-c", program], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    shell, _ = process.stdout.readline().split()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for _ in range(6000):
        if not pathlib.Path("/proc", shell).exists():
            break
        time.sleep(0.01)
    assert not pathlib.Path("/proc", shell).exists()


@pytest.mark.parametrize("options, error, words", [
    ({"addresses": []}, ValueError, "at least one"),
    ({"addresses": [0x41, 0x41]}, picoctl.BadCall, "given twice: 0x41"),
    ({"addresses": [3]}, picoctl.BadCall, "0x03 is reserved"),
    ({"addresses": ["0x41"]}, TypeError, "a number such as 0x41"),
    ({"speed": 3}, ValueError, "speed is 10000"), ({"timeout": 0}, ValueError, "timeout is")])
def test_options_that_make_no_sense(options, error, words):
    with pytest.raises(error, match=words):
        picoctl.virtual(**options)


def test_a_missing_part_is_named(monkeypatch, tmp_path, record_property):
    record_property("provokes", "part_missing")
    monkeypatch.setattr(picoctl._parts, "FOLDER", tmp_path)
    with pytest.raises(picoctl.NotRun) as caught:
        picoctl.virtual()
    assert caught.value.id == "part_missing"


def test_the_default_one_is_found_and_said_once(python, tmp_path):
    (tmp_path / "picoctl").mkdir(mode=0o700)
    server = subprocess.Popen([sys.executable, "-m", "picoctl", "virtual"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)})
    try:
        assert server.stdout.readline().startswith("listening")
        program = ("import picoctl\n"
                   "for _ in range(2):\n"
                   "    with picoctl.connect() as pico: print(pico.gpio.read(15), pico.is_virtual)\n")
        done = python(program, XDG_RUNTIME_DIR=str(tmp_path))
        assert done.stdout == "False True\n" * 2, done.stderr
        assert done.stderr.count("no real Pico was found; this is the virtual one on virtual:") == 1
        assert done.stderr.count("\n") == 1
        named = python(program, XDG_RUNTIME_DIR=str(tmp_path), PICOCTL_BUS="virtual")
        assert named.stdout == done.stdout and named.stderr == ""
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_python_m_picoctl_is_the_command(pico):
    def command(*words):
        return subprocess.run([sys.executable, "-m", "picoctl", *words], text=True,
                              capture_output=True, timeout=60)

    assert command("--bus", pico.bus, "call", "led", "1", "on").returncode == 0
    assert pico.registers["light1"] == 1
    assert command("--version").stdout.split()[-1] == picoctl.__version__
    assert command("--bus", pico.bus, "call", "lde").returncode == 2


def test_the_fixture(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    pytester.makepyfile("""
        def test_light(virtual_pico):
            virtual_pico.led(1, True)
            assert virtual_pico.gpio.read(15)

        def test_another_has_another(virtual_pico):
            assert not virtual_pico.gpio.read(15)
    """)
    done = pytester.runpytest_subprocess("-p", "picoctl.pytest_plugin", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=2)
