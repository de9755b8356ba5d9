"""A virtual Pico of one's own, for tests."""

import collections
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import weakref

from . import _core, _parts
from ._commands import milliseconds
from ._errors import exception_for
from ._pico import Pico, _checked_address

Execution = collections.namedtuple("Execution", "command arguments time address")
Execution.__doc__ = """One run of a handler, as the virtual Pico's journal has it.

command: its name, or a register's. arguments: a dict; bool as 0 or 1. time: seconds of its own clock.
"""

# What the library asks by itself.
_HOUSEKEEPING = ("system.describe", "system.identify")
_START_SECONDS = 30
# The shell ends the program when its input ends: that is, when this process is gone, however it went.
_LIFELINE = ('exec 3<&0; "$0" "$@" <&- 3<&- & child=$!; trap "kill $child" TERM; '
             '(read -r _ <&3; kill $child) >&- 2>&- & wait $child; kill $! 2>&-')


class _Server:
    """picoctl-virtual on a socket in a folder of its own."""

    def __init__(self, addresses, speed):
        self.folder = tempfile.mkdtemp(prefix="picoctl-")
        self.socket = os.path.join(self.folder, "bus.sock")
        self.journal = pathlib.Path(self.folder, "journal")
        command = [_parts.program("picoctl-virtual"), "--listen", self.socket,
                   "--journal", str(self.journal)]
        for address in addresses:
            command += ["--address", hex(address)]
        if speed is not None:
            command += ["--speed", str(speed)]
        # A session of its own: Ctrl-C in a terminal is for the program, not for its Pico.
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", _LIFELINE, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.stop = weakref.finalize(self, _stop, self.process, self.folder, os.getpid())
        self._wait(self.process)

    def _wait(self, process):
        ready, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        line = process.stdout.readline() if ready else "it says nothing"
        if not line.startswith("listening "):
            said = line + (process.stdout.read() if ready else "")
            self.stop()
            raise exception_for("socket_failed", f"picoctl-virtual: {said.strip()}", "not_run")


def _stop(process, folder, owner):
    if os.getpid() != owner:
        return  # a child of fork(): it is the parent's
    process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)


class VirtualPico(Pico):
    """A Pico on a virtual bus of its own, with a journal; it ends when it is closed."""

    def __init__(self, core, server, addresses):
        super().__init__(core)
        self.__dict__.update(_server=server, _addresses=addresses)

    def journal(self, *, all=False):
        """What has run, in order: one Execution for each handler that was called.

        all: also what the library asked by itself to find out who is there and what it can do.
        """
        entries = [self._execution(line) for line in
                   self._server.journal.read_text(encoding="utf-8", errors="replace").splitlines()]
        return [entry for entry in entries if all or entry.command not in _HOUSEKEEPING]

    def _execution(self, line):
        time, *words = line.split(" ")
        address = int(words.pop(0), 16) if len(self._addresses) > 1 else self._addresses[0]
        command, *pairs = words
        arguments = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        return Execution(command, {name: _number(value) for name, value in arguments.items()},
                         float(time), address)

    def close(self):
        """Say goodbye, and end the virtual Pico."""
        super().close()
        self._server.stop()


def _checked(addresses):
    addresses = tuple(_checked_address(address) for address in addresses)
    if not addresses:
        raise ValueError("a virtual bus needs at least one address")
    for address in addresses:
        if not 0x08 <= address <= 0x77:
            raise exception_for("bad_address", f"{address:#04x} is reserved", "not_run")
        if addresses.count(address) > 1:
            raise exception_for("doubled_address", f"{address:#04x}", "not_run")
    return addresses


def _number(text):
    try:
        return int(text)
    except ValueError:
        return text


def virtual(addresses=(0x41,), *, speed=None, timeout=None):
    """Start a virtual Pico of one's own, for a test:

        with picoctl.virtual() as pico:
            pico.led(1, True)
            assert pico.journal()[-1].command == "led"

    It runs the firmware's own portable code, and the commands of the default image. addresses: of
    several Picos on one bus; the first is returned, the others are reached with
    picoctl.connect(bus=pico.bus, address=…). speed: of the bus, in Hz (400000).
    """
    addresses = _checked(addresses)
    if speed is not None and not 10_000 <= speed <= 3_400_000:
        raise ValueError(f"speed is 10000 to 3400000 Hz, not {speed}")
    deadline = milliseconds(1.0 if timeout is None else timeout)
    server = _Server(addresses, speed)
    try:
        core = _core.Connected(f"virtual:{server.socket}", addresses[0], None, deadline)
    except BaseException:
        server.stop()
        raise
    return VirtualPico(core, server, addresses)
