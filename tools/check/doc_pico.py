"""Who answers on the bus while a document's blocks run: the virtual Pico, or a program of the page."""

import contextlib
import subprocess
import sys
import time

from context import ROOT, Failure

sys.path.insert(0, str(ROOT / "virtual/tests"))
import bus_client  # noqa: E402

MICROPYTHON = ROOT / "build/micropython/micropython"
PATH = f"{ROOT}/micropython/unix/sim:{ROOT}/micropython:.frozen"
PATIENCE = 20  # seconds


def eventually(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class DocPico:
    """Listens where everything looks by default. A context manager; one at a time."""

    def __init__(self, build, environment, folder):
        self.build, self.environment, self.folder = build, environment, folder
        self.console = folder / "console"
        self.now = None  # "virtual" or "micropython"
        self._open = contextlib.ExitStack()

    def __enter__(self):
        self.virtual()
        return self

    def __exit__(self, *_):
        self._open.close()

    def serve(self, block):
        """What a block asks for: see doc_blocks.py."""
        if block.pico == "virtual" and self.now != "virtual":
            self.virtual()
        elif block.pico == "micropython":
            self.micropython(block.text)

    def virtual(self):
        self._open.close()
        self._bus()
        self.now = "virtual"

    def micropython(self, program):
        """From here on `program` is a Pico's main.py."""
        self._open.close()
        socket = self._bus("--no-pico")
        (self.folder / "main.py").write_text(program)
        self._start([MICROPYTHON, "-X", "heapsize=256k", self.folder / "main.py"], self.console,
                    {**self.environment, "PICOCTL_SOCKET": socket, "MICROPYPATH": PATH})
        with bus_client.Bus(socket, bus_client.CONTROL_ROLE) as bus:
            if not eventually(lambda: bus.query()[1]):
                raise Failure("the page's Pico did not come to the bus", self.console.read_text())
        self.now = "micropython"

    def printed(self, expected, matches):
        """True once the console shows what is expected; and what it shows."""
        fits = eventually(lambda: matches(expected, self.console.read_text()))
        return fits, self.console.read_text()

    def _bus(self, *options):
        """Starts the server; the path of its socket."""
        server = self._start([self.build / "bin/picoctl", "virtual", *options], subprocess.PIPE,
                             self.environment)
        self._open.callback(server.stdout.close)
        return server.stdout.readline().split()[-1]  # it says where it listens as soon as it does

    def _start(self, command, output, environment):
        complaints = self._open.enter_context((self.folder / "complaints").open("ab"))
        if output is not subprocess.PIPE:
            output = self._open.enter_context(output.open("w"))
        process = subprocess.Popen([str(part) for part in command], env=environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=complaints)
        self._open.callback(process.wait, timeout=30)
        self._open.callback(process.terminate)
        return process
