"""What a Target is whatever carries it: its pins, its commands and registers, and how it is run."""
import sys
import time

from . import board
from . import errors
from .commands import Command, Commands, Register

_RESTART_DELAY_MS = 50


class Declared:
    """The half of Target that is Python in any case. The other half is target.Target, over
    machine.I2CTarget, or linked.Target, over the link in C++; they have
        start() stop() poll() description() refused_writes() counts()
        _is_open() _get(register) _set(register, bytes) _declare(register)
    and max_request and max_reply, the payload bytes of their frames."""

    def __init__(self, sda, scl, address, slots):
        self.pins = (sda, scl)
        self._block = board.block_of(sda, scl)
        if not 0x08 < address < 0x78 or address in (0x0C, 0x55, 0x61):
            raise ValueError("0x%02x cannot be used: take 0x41 to 0x48" % address)
        if not 1 <= slots <= 7:
            raise ValueError("slots: 1 to 7")
        self.address = address
        self.commands = Commands()
        self.registers = {}  # by number
        self._restart_at = None
        from . import system
        system.add_to(self)

    # --- declaring ---

    def command(self, text, help="", alone=False):
        """Declares a command; the decorated function becomes its handler.
        text: "led n:u8 on:bool -> was:bool", types as in docs/PROTOCOL.md, "Values"."""
        def take(handler):
            self._not_started()
            _plain_function(handler)
            line = text + " # " + help if help else text
            self.commands.add(self._command(line, handler, alone))
            return handler

        self._command(text, None, alone)  # a mistake shows at the decorator's line
        return take

    def _command(self, line, handler, alone):
        return Command(line, handler, alone, self.max_request, self.max_reply)

    def register(self, number, text, help=""):
        """Declares a plain register 0x00-0x7f of 1, 2 or 4 bytes; the decorated function, if any, is
        called with the new value after it was written."""
        self._not_started()
        entry = Register(number, text + " # " + help if help else text)
        if any(other.name == entry.name for other in self.registers.values()):
            raise ValueError("there is a register '%s' already" % entry.name)
        self._declare(entry)
        self.registers[number] = entry

        def take(handler):
            _plain_function(handler)
            entry.handler = handler
            return handler

        return take

    def __getitem__(self, which):
        """A register's value, by name or number."""
        entry = self._register(which)
        return entry.unpack(self._get(entry))

    def __setitem__(self, which, value):
        """What the bus reads from now on. Does not call the handler."""
        entry = self._register(which)
        self._set(entry, entry.pack(value))

    def _register(self, which):
        for entry in self.registers.values():
            if which == entry.number or which == entry.name:
                return entry
        raise KeyError("there is no register %r" % (which,))

    def _not_started(self):
        if self._is_open():
            raise RuntimeError("declare commands and registers before the target runs")

    # --- running ---

    async def serve(self):
        """Takes commands beside other tasks of asyncio."""
        import asyncio
        self.start()
        try:
            while True:
                await asyncio.sleep_ms(0 if self.poll() else 1)
        finally:
            self.stop()

    def restart_soon(self):
        """Restarts the Pico once the answer to the present command could be read."""
        self._restart_at = time.ticks_add(time.ticks_ms(), _RESTART_DELAY_MS)

    # --- handlers ---

    def _run_register(self, entry):
        if entry.handler is None:
            return
        try:
            entry.handler(self[entry.number])
        except Exception as problem:
            tell(entry.name, problem)


def code_and_text(command, problem):
    """What an exception of a command becomes on the wire; a mistake is shown at the REPL too."""
    if not isinstance(problem, errors.Error):
        tell(command.name, problem)
    return errors.code_and_text(problem)


def tell(name, problem):
    print("picoctl: the handler of '%s' failed:" % name)
    sys.print_exception(problem)


def _plain_function(handler):
    if not callable(handler):
        raise TypeError("a handler is a function")
    if type(handler) is type(_generator):
        raise TypeError("a handler is a plain function; it may start a task: asyncio.create_task")


def _generator():
    yield
