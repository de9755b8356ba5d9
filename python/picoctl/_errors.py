"""What can go wrong, as exceptions. Their class says what became of the command; their texts are the
rows of the one table that all of picoctl shares (`picoctl errors` lists it).

    PicoError
    ├── CommandFailed      it reached the Pico, and the Pico or its handler said no
    ├── NotRun             it did not run
    │   ├── BadCall        checked here, before anything was sent (usage)
    │   │   ├── WrongArguments   also a TypeError
    │   │   ├── OutOfRange       also a ValueError
    │   │   ├── NoSuchCommand    also an AttributeError
    │   │   └── NoSuchRegister   also a KeyError
    │   └── Unreachable    no bus, no Pico, no answer; also a ConnectionError
    ├── StillRunning       it began to run, and no answer came in time; also a TimeoutError
    └── OutcomeUnknown     it ran once or not at all; also an OSError
"""

from . import _core

_ROWS = _core.error_rows()


class PicoError(Exception):
    """Something about a Pico went wrong. `str()` of it says what, why, and what to do.

    id        which row of the table: "no_answer", "pin_reserved", …
    code      its number, 0-255
    outcome   what is known of the command: "done", "not_run", "still_running", "unknown"
    what      what happened, in one line
    detail    the part of it that belongs to this case: the address, the value, the Pico's own words
    cause     the likely cause
    cure      what to do next
    exit_code what the command `picoctl` would exit with
    """

    outcome = "not_run"

    def __init__(self, id, detail="", outcome=None, code=None):
        row = _ROWS[id]
        super().__init__(id, detail, outcome, code)
        self.id = id
        self.detail = detail
        self.outcome = outcome or type(self).outcome
        self.code = row[0] if code is None else code
        self.exit_code, text, self.cause, self.cure = row[1:]
        self.what = f"{text}: {detail}" if detail else text

    def __str__(self):
        return _core.explained(self.id, self.detail, self.outcome)

    def __repr__(self):
        return f"{type(self).__name__}({self.id!r}, {self.detail!r})"

    def __reduce__(self):
        return exception_for, (self.id, self.detail, self.outcome, self.code), self._extra()

    def _extra(self):
        known = ("id", "code", "outcome", "what", "detail", "cause", "cure", "exit_code")
        return {name: value for name, value in vars(self).items() if name not in known} or None


class CommandFailed(PicoError):
    """The command reached the Pico, once, and the Pico or its handler said no.

    After a batch, `results` holds what became of each of its commands.
    """

    outcome = "done"
    results = None


class NotRun(PicoError):
    """The command did not run, and never will."""


class BadCall(NotRun):
    """What was asked for makes no sense; it was checked before anything was sent."""


class WrongArguments(BadCall, TypeError):
    """Too many or too few arguments, an unknown one, or one of the wrong type."""


class OutOfRange(BadCall, ValueError):
    """A value that its type cannot hold, or more than the Pico takes at once."""


class NoSuchCommand(BadCall, AttributeError):
    """The Pico has no command of that name."""


class NoSuchRegister(BadCall, KeyError):
    """The Pico has no register of that name or number."""


class Unreachable(NotRun, ConnectionError):
    """No bus, no Pico, no answer. The command did not run."""


class StillRunning(PicoError, TimeoutError):
    """The command began to run, and its answer did not come in time. It runs once, whatever you do."""

    outcome = "still_running"


class OutcomeUnknown(PicoError, OSError):
    """The command ran once or not at all, and nobody can tell. Look at what it acts on."""

    outcome = "unknown"


_BAD_CALLS = {"wrong_count": WrongArguments, "wrong_type": WrongArguments,
              "out_of_range": OutOfRange, "too_long": OutOfRange, "bad_address": OutOfRange,
              "no_such_command": NoSuchCommand, "no_such_register": NoSuchRegister}
_USAGE, _UNREACHABLE, _LOCAL = 2, 3, 6  # exit codes


def _class_for(id, outcome):
    if outcome != "not_run":
        return {"done": CommandFailed, "still_running": StillRunning,
                "unknown": OutcomeUnknown}[outcome]
    if id in _BAD_CALLS:
        return _BAD_CALLS[id]
    exit_code = _ROWS[id][1]
    if exit_code == _USAGE:
        return BadCall
    return Unreachable if exit_code in (_UNREACHABLE, _LOCAL) and id != "not_run" else NotRun


def exception_for(id, detail, outcome, code=None):
    """The exception for a failure of the library; not raised."""
    return _class_for(id, outcome)(id, detail, outcome, code)
