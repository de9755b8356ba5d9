"""Two Picos at one address: naming both, moving one."""

import collections

from . import _core
from ._pico import Identity, _bus_name, _checked_address

AtAddress = collections.namedtuple("AtAddress", "picos all_known")
AtAddress.__doc__ = """Who answers at an address.

picos: their identities, the one that is obeyed first. all_known: False if the last of them could not
be told to be silent, and may hide others.
"""


def picos_at(address=0x41, *, bus=None):
    """All Picos that have this address, found by telling each in turn to be silent for half a second.

    Programs that use them may meet nobody meanwhile. Raises Unreachable if nobody is there.
    """
    picos, all_known = _core.picos_at(_bus_name(bus), _checked_address(address))
    return AtAddress([Identity(**who) for who in picos], all_known)


def move_pico(unique_id, to, *, address=0x41, keep=False, bus=None):
    """Moves the Pico of this unique id from `address` to the address `to`; its identity there.

    keep: also in its flash; else until it starts anew. Raises BadCall (address_taken) if somebody
    is at `to`, Unreachable (not_moved) if no Pico of that id obeyed.
    """
    return Identity(**_core.move_pico(_bus_name(bus), _checked_address(address),
                                      _checked_address(to), unique_id, keep))
