"""Tests the Pico's program against the Pi's program, without either: pytest test_lamp.py

LAMP_IMAGE, PICOCTL and LAMP_CPP say where things are, if not here.
"""
import os
import pathlib
import signal
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
PICOCTL = os.environ.get("PICOCTL", "picoctl")
IMAGE = os.environ.get("LAMP_IMAGE", HERE / "build" / "lamp-pico.uf2")
PROGRAMS = {"python": ["/usr/bin/python3", HERE / "lamp.py"],
            "cpp": [os.environ.get("LAMP_CPP", HERE / "build" / "lamp")]}


class EmulatedPico:
    """`picoctl virtual --board IMAGE`: says "listening PATH", then a line per change of a light."""

    def __init__(self, folder):
        self.socket = folder / "bus"
        self.process = subprocess.Popen(
            [PICOCTL, "virtual", "--board", "--listen", self.socket, IMAGE], text=True,
            stdout=subprocess.PIPE)
        assert self.process.stdout.readline().startswith("listening")

    def run(self, *command):
        """Runs a program that finds this Pico at /dev/i2c-1."""
        done = subprocess.run([PICOCTL, "--bus", f"virtual:{self.socket}", "run", "--", *command],
                              text=True, capture_output=True, timeout=30)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def next_light(self):
        return self.process.stdout.readline()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)


@pytest.fixture
def pico(tmp_path):
    pico = EmulatedPico(tmp_path)
    yield pico
    pico.end()


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_lamp_obeys(pico, language):
    assert pico.run(*PROGRAMS[language], "on") == "on\n"
    assert "LED on" in pico.next_light()
    assert pico.run(*PROGRAMS[language], "off") == "off\n"
    assert "LED off" in pico.next_light()
