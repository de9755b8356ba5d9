"""For pytest: the fixture `virtual_pico`, a virtual Pico of its own for each test.

    def test_the_light(virtual_pico):
        turn_on_the_light(virtual_pico)
        assert virtual_pico.gpio.read(15)
"""

import pytest


@pytest.fixture
def virtual_pico():
    """A virtual Pico, with a journal of what it ran: picoctl.virtual()."""
    import picoctl
    with picoctl.virtual() as pico:
        yield pico
