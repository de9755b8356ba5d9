"""A Pico's commands as things to call, made from its own description."""

import collections
import datetime
import keyword

from . import _core, _types
from ._errors import NotRun, exception_for

LONGEST_TIMEOUT = 3600.0


def milliseconds(timeout):
    """Seconds, as Python's users count them, as the library does. None stays None."""
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is a number of seconds, not {timeout!r}")
    if not 0.001 <= timeout <= LONGEST_TIMEOUT:
        raise ValueError(f"timeout is 0.001 to {LONGEST_TIMEOUT:g} seconds, not {timeout!r}")
    return datetime.timedelta(milliseconds=int(timeout * 1000))


def reply_type(command):
    """What a reply of several values is: a named tuple."""
    if len(command.reply) < 2:
        return None
    names = [f"{field.name}_" if keyword.iskeyword(field.name) else field.name
             for field in command.reply]

    class Reply(collections.namedtuple("Reply", names)):
        __slots__ = ()
        __module__, __qualname__ = "picoctl", "Reply"

        def __reduce__(self):  # its class is the Pico's making, and not found by its name
            return _plain_reply, (self._fields, tuple(self))

    return Reply


def _plain_reply(names, values):
    return collections.namedtuple("Reply", names, module="picoctl")._make(values)


class Namespace:
    """Commands whose names begin alike: `pico.gpio` has `gpio.read`, `gpio.write`, …"""

    def __init__(self, path):
        self.__dict__["_path"] = path
        self.__dict__["_members"] = {}

    def _add(self, name, member):
        self._members[name] = member
        if not hasattr(type(self), name):
            self.__dict__[name] = member

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise exception_for("no_such_command", f"'{self._path}.{name}'; there is "
                            + (", ".join(self._members) or "none"), "not_run")

    def __setattr__(self, name, value):
        raise AttributeError(f"commands are called, not set: {self._path}.{name}(…)")

    def __dir__(self):
        return sorted({*super().__dir__(), *self._members})

    def __repr__(self):
        return f"<picoctl commands {self._path}.*: {', '.join(self._members)}>"


class Command(Namespace, _core.Callable):
    """One command of a Pico. `help()` of it, and its signature, are the Pico's own words.

    Calling it is _core's; what that leaves comes to _slowly() and _valued().
    """

    def __init__(self, pico, info, description):
        super().__init__(info.name)
        reply = reply_type(info)
        _core.bind(self, pico._core, description.hash, info)
        self.__dict__.update(
            _run=pico._run, _value=pico._value, _names=[field.name for field in info.args], _plans={},
            _replies=[field.name for field in info.reply], _reply=reply,
            __name__=info.name, __qualname__=info.name, __module__="picoctl",
            __doc__=_types.docstring(info), __signature__=_types.signature(info, reply))

    def __get__(self, instance, owner=None):
        return self  # so that help() and inspect take it for the routine that it is

    def __copy__(self):
        return self  # nothing of it changes

    def _slowly(self, args, options):
        """A call with a timeout, or with names that do not fit or that the Pico now has others for."""
        named = dict(options)
        timeout = None if "timeout" in self._names else named.pop("timeout", None)
        return self._run(self, args, named, timeout)

    def _valued(self, reply):
        return self._value(self, reply)

    def within(self, seconds):
        """This command with a time limit, for one that has an argument called `timeout` itself."""
        return lambda *args, **named: self._run(self, args, named, seconds)

    def order(self, args, named):
        """The arguments in the Pico's order."""
        if not named:
            return args
        shape = (len(args), *named)
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plans[shape] = self._plan(len(args), named)
        return [*args, *[named[name] for name in plan]]

    def _plan(self, count, named):
        """Behind `count` arguments by place, these names: in the Pico's order. Raises if they do not fit."""
        given = {}
        for name in named:
            own = name[:-1] if name.endswith("_") and name not in self._names else name
            if own not in self._names:
                raise exception_for("wrong_count", f"'{self._path}' has no '{name}': "
                                    f"{self._text()}", "not_run")
            if self._names.index(own) < count:
                raise exception_for("wrong_count", f"'{own}' of '{self._path}' was given twice: "
                                    f"{self._text()}", "not_run")
            given[own] = name
        for name in self._names[count:]:
            if name not in given:
                raise exception_for("wrong_count", f"'{self._path}' misses '{name}': "
                                    f"{self._text()}", "not_run")
        return [given[name] for name in self._names[count:]]

    def value(self, reply):
        """None, the one value, or a named tuple of several."""
        if self._reply is not None:
            return self._reply._make(reply[name] for name in self._replies)
        return reply[self._replies[0]] if self._replies else None

    def _text(self):
        return f"{self._path}{self.__signature__.replace(return_annotation=None)}".replace(
            " -> None", "")

    def __repr__(self):
        return f"<picoctl command {self._path}{self.__signature__}>"


def tree(pico, description):
    """(what lies at the top, every command by its full name)."""
    commands = {info.name: Command(pico, info, description) for info in description.commands}
    top = Namespace("pico")
    for full, command in commands.items():
        parent, path = top, ""
        *spaces, name = full.split(".")
        for space in spaces:
            path = f"{path}.{space}" if path else space
            known = parent._members.get(space) or commands.get(path) or Namespace(path)
            parent._add(space, known)
            parent = known
        parent._add(name, command)
    return top._members, commands


def outdated(problem):
    """Whether nothing was sent, for the Pico has another description by now."""
    return isinstance(problem, NotRun) and problem.id == "unknown_command"
