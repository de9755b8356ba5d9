"""The package as it was built: PYTHONPATH names its folder. Each test has a virtual Pico of its own."""

import os
import pathlib
import signal
import subprocess
import sys

import picoctl
import pytest

# A shell's background jobs begin with Ctrl-C ignored, and so would the programs of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "virtual" / "tests"))
import bus_client  # noqa: E402


@pytest.fixture(autouse=True)
def no_bus_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("PICOCTL_BUS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def pico():
    # A command's usual second is no promise of a machine that is busy with other things.
    with picoctl.virtual(timeout=20) as one:
        yield one


@pytest.fixture
def fault(pico):
    """fault("vanish", address=0x41): something goes wrong on the bus."""
    def ask(name, **values):
        with bus_client.Bus(pico.bus.removeprefix("virtual:"), bus_client.CONTROL_ROLE) as bus:
            assert bus.control(name, **values) == 0
    return ask


@pytest.fixture
def python():
    """Runs a program of several lines in a Python of its own."""
    def run(program, *arguments, timeout=120, **environment):
        return subprocess.run([sys.executable, "-c", program, *map(str, arguments)], text=True,
                              capture_output=True, timeout=timeout,
                              env={**os.environ, **environment})
    return run
