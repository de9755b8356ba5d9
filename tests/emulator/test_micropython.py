"""MicroPython on the emulated chip: built from Debian's sources, unpatched. emulator/micropython/build.sh."""
import re
import signal
import subprocess
import sys
import tempfile

from conftest import EMULATOR, PICOCTL, ROOT

sys.path.insert(0, str(ROOT / "tests" / "system"))
import emulated_micropython  # noqa: E402

OWN_TEST = ROOT / "build/micropython/source/tests/extmod_hardware/machine_i2c_target.py"


def test_its_own_test_of_its_target_passes():
    """Unmodified; its SoftI2C controller is wired to the target's pins."""
    done = subprocess.run(
        ["node", EMULATOR / "src" / "repl.js", "--jumper", "4=sda", "--jumper", "5=scl",
         "--module", f"unittest={ROOT / 'emulator/micropython/unittest.py'}",
         emulated_micropython.FIRMWARE, OWN_TEST], text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout, done.stdout
    assert done.stdout.endswith("ran 18 failed 0\n"), done.stdout


def first_program():
    page = (ROOT / "docs" / "MICROPYTHON.md").read_text()
    return re.search(r"^## The first program\n.*?```python\n(.*?)```", page, re.M | re.S)[1]


def test_the_first_program_obeys_the_pi(tmp_path):
    """Put there as main.py beside the library, as docs/MICROPYTHON.md says."""
    main = tmp_path / "main.py"
    main.write_text(first_program())
    flash = tmp_path / "flash.bin"
    emulated_micropython.put(emulated_micropython.flash_with_library(), {"main.py": main}, flash)
    with tempfile.TemporaryDirectory(prefix="pc") as folder:
        pico = subprocess.Popen([PICOCTL, "virtual", "--board", "--listen", f"{folder}/bus", flash],
                                text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert pico.stdout.readline().startswith("listening")
            done = subprocess.run([PICOCTL, "--bus", f"virtual:{folder}/bus", "--timeout", "20", "call", "led",
                                   "1", "on"], text=True, capture_output=True, timeout=60)
            assert done.returncode == 0, done.stderr
            assert "GP15 on" in pico.stdout.readline()
        finally:
            pico.send_signal(signal.SIGTERM)
            assert pico.wait(timeout=60) == 0
