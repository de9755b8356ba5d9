"""An emulated Pico with picoctl's MicroPython image for each test, and its console."""
import importlib.util
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).parent

os.environ["PICOCTL_PICO"] = "module"
_spec = importlib.util.spec_from_file_location("system_conftest", ROOT / "tests/system/conftest.py")
system = importlib.util.module_from_spec(_spec)
sys.modules["system_conftest"] = system
_spec.loader.exec_module(system)

folder = system.folder
start = system.start

# As a user's boot.py would have it who wants the REPL on wires: Ctrl-C comes by it too.
BOOT = """import os, machine
uart = machine.UART(0, 115200, tx=machine.Pin(12), rx=machine.Pin(13), rxbuf=1024, txbuf=4096)
os.dupterm(uart)
uart.irq(lambda uart: os.dupterm_notify(uart), machine.UART.IRQ_RXIDLE)
"""


class ConsolePico(system.Pico):
    """With its REPL on UART0, which this writes to a file and types into."""

    boot = BOOT
    keyboard = system.subprocess.PIPE
    starter = (system.BUILD / "bin/picoctl-emulator", "--bus-server", system.VIRTUAL, "--typed")

    def __init__(self, folder, *options, files=(), **more):
        self.console = folder / "console"
        with self.console.open("w") as console:
            self.errors = console
            super().__init__(folder, *options, files=(("boot.py", self.boot), *files), **more)

    def type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def says(self, words, seconds=system.PATIENCE):
        end = time.monotonic() + seconds
        while words not in self.console.read_text():
            assert time.monotonic() < end, self.console.read_text()
            time.sleep(0.02)

    def says_often(self, words, times, seconds=system.PATIENCE):
        end = time.monotonic() + seconds
        while self.console.read_text().count(words) < times:
            assert time.monotonic() < end, self.console.read_text()
            time.sleep(0.02)

    def restarted_by(self, words):
        """Waits until a command is answered."""
        assert system.eventually(lambda: self.picoctl("call", *words.split()).returncode == 0), self.console.read_text()
