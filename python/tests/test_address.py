"""picos_at() and move_pico()."""
import pytest

import picoctl


def test_who_is_there_is_named_and_can_be_moved():
    with picoctl.virtual() as pico:
        found = picoctl.picos_at(bus=pico.bus)
        assert found.all_known
        [who] = found.picos
        assert who.unique_id == pico.identity.unique_id
        assert not who.contested and not who.safe_mode
        moved = picoctl.move_pico(who.unique_id, 0x42, bus=pico.bus)
        assert moved.unique_id == who.unique_id
        with picoctl.connect(bus=pico.bus, address=0x42) as there:
            there.led(1, on=True)
        with pytest.raises(picoctl.Unreachable) as problem:
            picoctl.picos_at(bus=pico.bus)
        assert problem.value.id == "no_answer"


def test_a_move_that_cannot_be_says_why():
    with picoctl.virtual([0x41, 0x42]) as pico:
        with pytest.raises(picoctl.BadCall) as problem:
            picoctl.move_pico(pico.identity.unique_id, 0x42, bus=pico.bus)
        assert problem.value.id == "address_taken"
        with pytest.raises(picoctl.Unreachable) as problem:
            picoctl.move_pico(1, 0x43, bus=pico.bus)
        assert problem.value.id == "not_moved"
