"""The plain registers: what i2cget, i2cset and smbus2 reach. They are outside the link's checks."""

import collections.abc


def _which(key):
    if isinstance(key, bool) or not isinstance(key, (int, str)):
        raise TypeError(f"a register is a number or a name, not {key!r}")
    return str(key)


class Registers(collections.abc.Mapping):
    """registers[1], registers["light1"]: read; registers[1] = 1: write.

    A list goes to that register and those behind it, 4 bytes at most. Iterating gives their names.
    """

    def __init__(self, pico):
        self._pico = pico

    def __getitem__(self, key):
        return self._pico._core.get(_which(key))

    def __setitem__(self, key, value):
        values = value if isinstance(value, (list, tuple)) else (value,)
        self._pico._core.set(_which(key), values)

    def __contains__(self, key):
        return any(key in (row.name, row.number) for row in self._rows())

    def __iter__(self):
        return (row.name for row in self._rows())

    def __len__(self):
        return len(self._rows())

    def __repr__(self):
        rows = ", ".join(f"{row.number}: {row.name}" for row in self._rows())
        return f"<picoctl registers {rows or 'none'}>"

    def _rows(self):
        self._pico._refresh()
        return self._pico._description.registers
