"""A Pico, as a program on the Pi sees it."""

import atexit
import collections
import os
import sys
import threading
import weakref

from . import _core
from ._batch import Batch, run_list
from ._commands import milliseconds, outdated, tree
from ._errors import PicoError, exception_for
from ._i2c import transfer
from ._registers import Registers

Identity = collections.namedtuple(
    "Identity", "protocol firmware chip unique_id boot_id description_hash safe_mode contested")
Identity.__doc__ = """Who a Pico says it is: versions as tuples, chip, and numbers that tell it apart.

safe_mode: its own program crashed again and again, and does not run. contested: it heard another one
answer at its address.
"""
Counters = collections.namedtuple(
    "Counters", "calls done transmissions retries polls second_reads bus_errors bad_answers "
    "refused_frames sessions_opened resumes unknown")
Restart = collections.namedtuple("Restart", "boot_id cause")
Restart.__doc__ = """A restart that was noticed: the new start's number, and why it was: "watchdog", …; "" if the Pico
could not be asked."""
Counters.__doc__ = "What this end of the link has seen since connect()."


class Pico:
    """A Pico. Its commands are methods: `pico.led(1, on=True)`, `pico.gpio.read(15)`.

    They come from the Pico's own description; `help(pico.led)` and `dir(pico)` show them. A command
    whose name Python does not allow, or that is called like something here, is reached with
    `pico.call(name, …)`. A reply of one value is that value, one of several a named tuple.

    Each call ends with its reply or with a PicoError, whose class says what became of the command.
    May be used by several threads, one call at a time, and goes on working after os.fork().
    """

    def __init__(self, core):
        self.__dict__.update(_core=core, _hash=None, _tops={}, _commands={}, _description=None,
                             _reapply=None)
        _live.add(core)

    # --- commands ---

    def call(self, name, /, *args, timeout=None, **named):
        """Call any command by its full name: call("gpio.write", 15, on=True).

        timeout: seconds that it may take; without it 1 s, or what connect() or the command says.
        """
        return self._run(self._find(name), args, named, timeout)

    def batch(self, commands=None, *, go_on=False, timeout=None):
        """Several commands in one transaction: all are checked before any runs.

            with pico.batch() as batch:
                batch.led(1, True)
                pin = batch.gpio.read(15)
            print(pin.value)

            results = pico.batch([("led", 1, True), ("gpio.read", 15)])

        They run in order up to the first that fails, which is raised; with go_on=True the others run
        too, nothing is raised, and each result tells.
        """
        if commands is None:
            return Batch(self, go_on, timeout)
        return run_list(self, commands, go_on, timeout)

    @property
    def commands(self):
        """Every command by its full name, as a dict."""
        self._refresh()
        return dict(self._commands)

    @property
    def registers(self):
        """The plain registers, by number or name: `pico.registers[1] = 1`. Outside the link's checks."""
        return Registers(self)

    def i2c_rdwr(self, *messages):
        """One raw I2C transaction, as smbus2's: i2c_rdwr(i2c_msg.write(0x41, [0x80]), i2c_msg.read(0x41, 32)).

        Any address of the bus may be named. Nothing is checked, and nothing is repeated.
        """
        transfer(self._core, messages)

    def on_restart(self, callback):
        """Have `callback(pico, restart)` called when this Pico is found to have restarted, before the next
        command is sent to it: to set again what it had been set to. None: no more.

            @pico.on_restart
            def set_again(pico, restart):
                pico.gpio.mode(15, "output")

        It may make any call on this Pico but close(). What it raises ends the call that found the restart,
        and has as its __cause__ what became of that command. Without a callback a restart shows as
        OutcomeUnknown if a command was lost by it, or not at all.
        """
        if callback is not None and not callable(callback):
            raise TypeError(f"a function of a Pico and a Restart, or None, not {callback!r}")
        self.__dict__["_reapply"] = callback
        self._core.on_restart(None if callback is None else _teller(weakref.ref(self)))
        return callback

    # --- who it is ---

    @property
    def address(self):
        """Its I2C address, 0x08-0x77."""
        return self._core.address

    @property
    def bus(self):
        """The bus that it is on, as connect(bus=…) takes it: "i2c:1"."""
        return self._core.bus

    @property
    def is_virtual(self):
        """Whether it is a virtual Pico."""
        return self._core.is_virtual

    @property
    def identity(self):
        """Who it said it is when the session was opened."""
        return Identity(**self._core.identity())

    @property
    def description(self):
        """What it can do, in its own words: one line per command and register."""
        self._refresh()
        return self._description.text

    @property
    def counters(self):
        """What this end has seen since connect(): calls, retries, …"""
        return Counters(**self._core.counters())

    # --- the end ---

    def close(self):
        """Say goodbye, so that the Pico's session is free at once. Calls after it raise NotRun."""
        self._core.close()

    @property
    def closed(self):
        """Whether close() was called."""
        return self._core.closed

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self):
        state = ", closed" if self.closed else ""
        return f"<picoctl.{type(self).__name__} at 0x{self.address:02x} on {self.bus}{state}>"

    # --- how it works ---

    def _refresh(self):
        """The commands by the description that the Pico has now."""
        if self._hash is not None and self._hash == self._core.hash:
            return
        description = self._core.description()
        tops, commands = tree(self, description)
        for name in self._tops:
            self.__dict__.pop(name, None)
        self.__dict__.update({name: item for name, item in tops.items()
                              if not hasattr(type(self), name) and not name.startswith("_")})
        self.__dict__.update(_tops=tops, _commands=commands, _description=description,
                             _hash=description.hash)

    def _find(self, name):
        if name not in self._commands:
            self._refresh()
        if name not in self._commands:
            if not isinstance(name, str):
                raise TypeError(f"a command's name is a str, not {name!r}")
            self._description.command(name)  # raises, naming the nearest
        return self._commands[name]

    def _run(self, command, args, named, timeout):
        deadline = milliseconds(timeout)
        if not named:
            return self._value(command, self._core.call(command._path, args, deadline))
        ordered = command.order(args, named)
        try:
            reply = self._core.call(command._path, ordered, deadline, self._hash)
        except PicoError as problem:
            if not outdated(problem):
                raise
            self._refresh()  # another program on the Pico: its arguments may have another order
            command = self._find(command._path)
            reply = self._core.call(command._path, command.order(args, named), deadline, self._hash)
        return self._value(command, reply)

    def _value(self, command, reply):
        try:
            return command.value(reply)
        except (KeyError, TypeError):  # the Pico has another program by now
            self._refresh()
            return self._find(command._path).value(reply)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        self._refresh()
        if name in self.__dict__:
            return self.__dict__[name]
        self._description.command(name)  # raises NoSuchCommand, which is an AttributeError
        raise exception_for("no_such_command", f"'{name}'", "not_run")

    def __setattr__(self, name, value):
        raise AttributeError(f"a command is called: pico.{name}(…); a register is set with "
                             f"pico.registers[{name!r}] = …")

    def __dir__(self):
        self._refresh()
        return sorted({*super().__dir__(), *self._tops})


def _teller(pico):
    """What the library calls. It keeps no Pico alive: who forgets his has said goodbye to it."""
    def tell(boot_id, cause):
        if (one := pico()) is not None:
            one._reapply(one, Restart(boot_id, cause))
    return tell


# --- connecting ---

_said = threading.Event()  # once per process: that a virtual Pico was taken


def _bus_name(bus):
    if bus is None:
        return ""
    if isinstance(bus, int) and not isinstance(bus, bool):
        return f"i2c:{bus}"
    bus = os.fspath(bus)
    return f"i2c:{bus}" if bus.startswith("/dev/") else bus


def _checked_address(address):
    if address is None:
        return None
    if isinstance(address, bool) or not isinstance(address, int):
        raise TypeError(f"an address is a number such as 0x41, not {address!r}")
    if not 0 <= address <= 0x7F:
        raise exception_for("bad_address", f"{address:#x} has more than 7 bits", "not_run")
    return address


def connect(name=None, *, bus=None, address=None, timeout=None):
    """Connect to a Pico: the one that there is, or the one of that name, address or bus.

        pico = picoctl.connect()
        pico = picoctl.connect("plotter")                     # named with pico.system.name("plotter")
        pico = picoctl.connect(bus="i2c:1", address=0x42)

    bus: "i2c:1", 1, "/dev/i2c-1", "virtual", "virtual:/path/to/socket". Without it $PICOCTL_BUS; else
    the Pi's own bus if a Pico answers there; else the virtual Pico, which is said on stderr, once.
    timeout: seconds that a call may take when it says nothing else. Without it 1 s, or longer for a
    command that declares a longer time.
    """
    if name is not None and not isinstance(name, str):
        raise TypeError(f"a Pico's name is a str, not {name!r}; did you mean bus= or address=?")
    deadline = milliseconds(timeout)
    core = _core.Connected(_bus_name(bus), _checked_address(address), name, deadline)
    if core.by_default and not _said.is_set():
        _said.set()
        print(f"picoctl: no real Pico was found; this is the virtual one on {core.bus}",
              file=sys.stderr)
    return Pico(core)


# --- fork and the end of the program ---

_live = weakref.WeakSet()
_held = []
_forking = threading.RLock()


def _before_fork():
    """No call of another thread is inside while the process becomes two."""
    _forking.acquire()
    for core in list(_live):
        if core.hold():
            _held.append(core)


def _after_fork():
    while _held:
        _held.pop().let_go()
    _forking.release()


def _goodbye():
    for core in list(_live):
        try:
            core.close()
        except PicoError:
            pass


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
atexit.register(_goodbye)
