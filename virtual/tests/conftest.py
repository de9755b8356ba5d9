"""Starts a small bus for each test, and runs unmodified programs on it."""
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from bus_client import CONTROL_ROLE, CONTROLLER, OBSERVER, Bus

BUILD = pathlib.Path(os.environ.get("PICOCTL_BUILD", "build")).resolve()
SHIM = BUILD / "lib" / "libpicoctl-i2c-shim.so"
TESTD = BUILD / "tests" / "virtual-bus-testd"
LIMIT = 60  # seconds; a bound for what should take a moment


def need(program):
    found = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        pytest.skip(f"{program} is not installed")
    return found


class Daemon:
    """virtual-bus-testd: registers at 0x50, a port expander at 0x20."""

    def __init__(self, folder, *options):
        self.path = folder / "bus"
        self.folder = folder
        self.process = subprocess.Popen(
            [TESTD, self.path, *options], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout.readline() == "ready\n"
        self.counters = {}

    def bus(self, roles=CONTROLLER | CONTROL_ROLE):
        return Bus(self.path, roles)

    def observer(self):
        return Bus(self.path, OBSERVER)

    def environment(self, **more):
        environment = dict(os.environ)
        environment.update(
            LD_PRELOAD=str(SHIM),
            PICOCTL_SHIM_SOCKET=str(self.path),
            PYTHONDONTWRITEBYTECODE="1",
            PATH=os.environ["PATH"] + ":/usr/sbin:/sbin",
            LC_ALL="C",
        )
        environment.update(more)
        return environment

    def run(self, *words, check=True, **more):
        """Runs a program with the virtual bus as /dev/i2c-1."""
        result = subprocess.run(
            [str(word) for word in words],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        if check:
            assert result.returncode == 0, result.stderr
        return result

    def python(self, script, *arguments, check=True, **more):
        return self.run("/usr/bin/python3", "-c", script, *arguments, check=check, **more)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=LIMIT)
        for word in rest.split():
            key, value = word.split("=")
            self.counters[key] = int(value)
        return self.counters


@pytest.fixture
def daemon(tmp_path):
    running = Daemon(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def start(tmp_path):
    started = []

    def starter(*options):
        started.append(Daemon(tmp_path, *options))
        return started[-1]

    yield starter
    for running in started:
        running.stop()
