"""Who is on a bus."""

import collections

from . import _core
from ._pico import Identity, _bus_name, _checked_address

Found = collections.namedtuple("Found", "address kind name board identity trouble")
Found.__doc__ = """Somebody on a bus.

kind: "pico", "device" (something else that answers), "in_use" (a kernel driver has it). name, board,
identity: of a Pico. trouble: the exception that says why its name could not be asked, or None.
"""


def scan(bus=None, *, addresses=()):
    """Everybody on a bus, by address. Nothing is written to strangers.

    bus: as in connect(). addresses: ask these too whether they are Picos; without that only
    0x41-0x48 are asked, since asking writes one byte.
    """
    named = [_checked_address(address) for address in addresses]
    rows = _core.scan(_bus_name(bus), named)
    return [Found(address, kind, name, board, Identity(**who) if who else None, trouble)
            for address, kind, who, name, board, trouble in rows]
