"""The Pico of these tests, and what they share with the system tests."""
import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SYSTEM = ROOT / "tests" / "system"
ON_PICO = pathlib.Path(__file__).with_name("on_pico")

sys.path.insert(0, str(ROOT / "virtual" / "tests"))
_spec = importlib.util.spec_from_file_location("system_conftest", SYSTEM / "conftest.py")
system = importlib.util.module_from_spec(_spec)
sys.modules["system_conftest"] = system
_spec.loader.exec_module(system)

folder = system.folder
start = system.start


def micropython(*arguments, path=None, **environment):
    """Runs MicroPython's unix port; what it did."""
    library = path or f"{system.LIBRARY}/unix/sim:{system.LIBRARY}:.frozen"
    return subprocess.run(
        [system.MICROPYTHON, *map(str, arguments)], text=True, capture_output=True, timeout=60,
        env={**os.environ, "MICROPYPATH": library, "PICOCTL_VECTORS": str(ROOT / "tests/vectors"),
             **environment})


@pytest.fixture
def pico(start):
    """A MicroPython Pico with the program of the system tests."""
    return start(kind=system.MicroPythonPico)
