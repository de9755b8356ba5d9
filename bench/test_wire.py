"""The arithmetic of the wire, against numbers that were counted by hand from the formats."""
import wire


def test_an_acknowledged_command_has_the_bits_of_the_protocol_page():
    assert wire.picoctl(4) == 165
    assert wire.picoctl(2) == 147  # led 1 on, docs/PROTOCOL.md


def test_64_bytes_are_more_than_four_fifths_of_their_write():
    assert wire.own()[64]["payload_share"] == round(576 / 705, 4)


def test_klipper_fills_blocks_of_64_bytes():
    assert wire.klipper(0) == (10 * 6, 50)
    assert wire.klipper(4) == (10 * (1 + 1 + 4 + 5), 50)
    assert wire.klipper(57) == (10 * 64, 50)  # the most that one block holds
    assert wire.klipper(64) == (10 * (64 + 14), 100)  # 57 and 7 bytes, each acknowledged


def test_seesaw_sends_two_register_bytes():
    assert wire.seesaw(1) == (1 + 9 * 4 + 1, 0)
