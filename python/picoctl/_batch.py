"""Several commands in one transaction."""

from ._commands import Command, milliseconds
from ._errors import exception_for


class BatchResult:
    """What became of one command of a batch.

    ran    whether it ran at all: a batch stops at the first that fails
    error  the exception if it ran and failed, else None
    value  its reply; raises if it failed or did not run
    """

    def __init__(self, command):
        self._command = command
        self.ran = False
        self.error = None
        self._reply = None

    def _ended(self, ran, error, reply):
        self.ran, self.error, self._reply = ran, error, reply

    @property
    def value(self):
        if self.error is not None:
            raise self.error
        if not self.ran:
            raise exception_for("not_run", f"'{self._command._path}' in a batch", "not_run")
        return self._command.value(self._reply)

    def __repr__(self):
        said = repr(self.error) if self.error else repr(self.value) if self.ran else "did not run"
        return f"<picoctl result of {self._command._path}: {said}>"


def _send(pico, entries, go_on, timeout):
    """entries: [(command, arguments in order)]."""
    results = [BatchResult(command) for command, _ in entries]
    items = [(command._path, tuple(args)) for command, args in entries]
    for result, ended in zip(results, pico._core.batch(items, go_on, milliseconds(timeout))):
        result._ended(*ended)
    return results


def _raise_first(results):
    for result in results:
        if result.error is not None:
            result.error.results = results
            raise result.error


def run_list(pico, commands, go_on, timeout):
    entries = []
    for item in commands:
        if isinstance(item, str) or not isinstance(item, (tuple, list)) or not item:
            raise TypeError(f"a batch is a list of tuples (name, argument…), not of {item!r}")
        entries.append((pico._find(item[0]), item[1:]))
    results = _send(pico, entries, go_on, timeout)
    if not go_on:
        _raise_first(results)
    return results


class Batch:
    """Collects calls; they are sent together when its `with` block ends without an exception."""

    def __init__(self, pico, go_on, timeout):
        self._pico, self._go_on, self._timeout = pico, go_on, timeout
        self._entries, self._results = [], []
        self._open = False

    def call(self, name, /, *args, **named):
        """Add any command, by its full name; its BatchResult is filled when the block ends."""
        if not self._open:
            raise ValueError("a batch collects calls inside its with block only")
        command = self._pico._find(name)
        self._entries.append((command, command.order(args, named)))
        self._results.append(BatchResult(command))
        return self._results[-1]

    @property
    def results(self):
        """One BatchResult per call, in order."""
        return list(self._results)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return _Recorder(self, getattr(self._pico, name))

    def __dir__(self):
        return sorted({*super().__dir__(), *self._pico._tops})

    def __enter__(self):
        self._open = True
        return self

    def __exit__(self, kind, *_):
        self._open = False
        if kind is not None or not self._entries:
            return
        ended = _send(self._pico, self._entries, self._go_on, self._timeout)
        for result, told in zip(self._results, ended):
            result._ended(told.ran, told.error, told._reply)
        if not self._go_on:
            _raise_first(self._results)


class _Recorder:
    """A command or a namespace of a batch: calling it adds it."""

    def __init__(self, batch, target):
        self._batch, self._target = batch, target

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return _Recorder(self._batch, getattr(self._target, name))

    def __dir__(self):
        return dir(self._target)

    def __call__(self, *args, **named):
        if not isinstance(self._target, Command):
            raise TypeError(f"{self._target!r} is no command")
        return self._batch.call(self._target._path, *args, **named)
