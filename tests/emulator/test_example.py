"""The example of docs/TEST-YOUR-PICO.md, as a user runs it."""
import os
import subprocess

from conftest import FIRMWARE, PICOCTL, ROOT

EXAMPLE = ROOT / "emulator" / "example"


def test_the_users_test_passes(tmp_path):
    lamp = tmp_path / "lamp"
    subprocess.run(["g++", "-std=c++20", "-Wall", "-Wextra", EXAMPLE / "lamp.cpp", "-o", lamp],
                   check=True, timeout=120)
    env = {**os.environ, "PICOCTL": str(PICOCTL), "LAMP_CPP": str(lamp),
           "LAMP_IMAGE": str(FIRMWARE / "lamp-pico.uf2")}
    done = subprocess.run(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                           EXAMPLE / "test_lamp.py"], text=True, capture_output=True, env=env,
                          timeout=120)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
