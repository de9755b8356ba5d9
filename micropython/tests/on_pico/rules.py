"""The session rules T1-T7 in MicroPython, as link/slots_test.cpp has them for C++."""
import struct
import time

from harness import Bench, equal, noting
from picoctl import sessions, wire


def the_first_command_is_one_and_the_same_number_shows_the_kept_answer():
    bench = Bench(noting)
    bench.hello()
    for _ in range(3):
        equal(bench.command(bench.number, 1, b"\x07")[0], wire.DONE)
    equal(bench.ran, [7])
    equal(bench.target.stats["repeated"], 2)


def any_other_number_is_out_of_order():
    bench = Bench(noting)
    bench.hello()
    for number in (0, 2, 3, 31):
        equal(bench.command(bench.number, number, b"\x07")[0], wire.OUT_OF_ORDER, number)
    bench.command(bench.number, 1, b"\x01")
    for number in (0, 3, 31):
        equal(bench.command(bench.number, number, b"\x07")[0], wire.OUT_OF_ORDER, number)
    equal(bench.ran, [1])


def numbers_go_round():
    bench = Bench(noting)
    bench.hello()
    for count in range(1, 70):
        equal(bench.command(bench.number, count & 31, bytes((count,)))[0], wire.DONE)
    equal(bench.ran, list(range(1, 70)))


def a_kept_answer_outlives_other_sessions():
    bench = Bench(noting)
    bench.hello(1)
    equal(bench.hello(2), (0, 1, 0, 1))
    bench.command(4, 1, b"\x02hi", slot=0)
    bench.command(bench.number, 1, b"\x07", slot=1)
    equal(bench.command(4, 1, b"\x02hi", slot=0), (wire.DONE, b"\x02hi"))
    equal(bench.target.stats["ran"], 2)


def hello_again_changes_nothing():
    bench = Bench(noting)
    bench.hello(9)
    bench.command(bench.number, 1, b"\x07")
    equal(bench.hello(9), (sessions.OPEN, 0, 1, sessions.FINISHED))
    equal(bench.command(bench.number, 1, b"\x07")[0], wire.DONE)
    equal(bench.ran, [7])


def a_closed_slot_has_no_session():
    bench = Bench(noting)
    bench.hello(1)
    frame = bench.frame(bench.target.sessions.slots[0].key, 1, bench.number, b"\x07")
    equal(bench.hello(1, sessions.BYE), (sessions.CLOSED_NOW, 0, 0, sessions.CLOSED))
    equal(bench.hello(1, sessions.BYE)[0], sessions.UNKNOWN)
    state, _, payload = bench.send(frame)
    equal((state, payload), (wire.NO_SESSION, frame[-2:]))
    equal(bench.ran, [])


def resume_never_opens():
    bench = Bench()
    equal(bench.hello(5, sessions.RESUME)[0], sessions.UNKNOWN)
    equal(bench.target.sessions.open_count(), 0)
    bench.hello(5)
    bench.command(3, 1)
    equal(bench.hello(5, sessions.RESUME), (sessions.OPEN, 0, 1, sessions.FINISHED))


def only_a_silent_slot_is_given_away():
    bench = Bench(slots=2)
    bench.hello(1)
    bench.hello(2)
    equal(bench.hello(3)[0], sessions.NO_SLOT)
    slots = bench.target.sessions.slots
    slots[1].heard = time.ticks_add(time.ticks_ms(), -3000)
    equal(bench.hello(3), (sessions.OPEN, 1, 0, sessions.FRESH))
    slots[0].heard = slots[1].heard = time.ticks_add(time.ticks_ms(), -3000)
    slots[0].state = slots[1].state = sessions.RUNNING
    equal(bench.hello(4)[0], sessions.NO_SLOT)


def the_slots_last_key_is_refused():
    bench = Bench(slots=1)
    bench.hello(1)
    bench.hello(1, sessions.BYE)
    equal(bench.hello(1)[0], sessions.KEY_REFUSED)
    equal(bench.hello(2)[0], sessions.OPEN)


def another_boot_has_other_keys():
    bench = Bench(noting)
    bench.hello(1)
    frame = bench.frame(bench.target.sessions.slots[0].key, 1, bench.number, b"\x07")
    again = Bench(noting)
    equal(again.send(frame)[0], wire.NO_SESSION)
    again.hello(1)
    equal(again.send(frame)[0], wire.BAD_FRAME)
    equal(again.ran, [])


def a_public_frame_that_is_none_of_three_is_refused():
    bench = Bench()
    for number, payload in ((0, bytes(6)), (4, bytes(6)), (1, bytes(5)), (2, b""), (3, bytes(7))):
        equal(bench.send(bench.frame(wire.PUBLIC_KEY, 0xE0, number, payload))[0], wire.BAD_FRAME)


def hundred_days_of_silence_close_a_session():
    bench = Bench()
    bench.hello(1)
    slot = bench.target.sessions.slots[0]
    slot.heard = time.ticks_add(time.ticks_ms(), -(1 << 28) - 5)
    bench.target._tidied = time.ticks_add(time.ticks_ms(), -(1 << 26) - 5)
    bench.turn(1)
    equal(slot.state, sessions.CLOSED)


def a_batch_runs_in_order_and_stops_at_the_first_failure():
    def declare(bench):
        @bench.target.command("pick n:u8 -> n:u8")
        def pick(n):
            bench.ran.append(n)
            if n == 9:
                raise ValueError("not nine")
            return n

    bench = Bench(declare)
    bench.hello()

    def entries(*values):
        return b"".join(bytes((bench.number, 1, value)) for value in values)

    equal(bench.command(0, 1, b"\0" + entries(1, 2)), (wire.DONE, b"\x02\0\x01\x01\0\x01\x02"))
    equal(bench.command(0, 2, b"\0" + entries(9, 3)), (wire.DONE, b"\x01\x40\0"))
    equal(bench.command(0, 3, b"\1" + entries(9, 3)), (wire.DONE, b"\x02\x40\0\0\x01\x03"))
    equal(bench.ran, [1, 2, 9, 9, 3])
    # None of it runs: unknown, cut short, arguments too long, alone, a batch in a batch, flags.
    for payload in (b"\0" + entries(1) + b"\x7f\0", b"\0" + entries(1)[:2],
                    b"\0" + bytes((bench.number, 2, 1, 1)), b"\0" + b"\x07\0", b"\0\0\0", b"\2", b""):
        state, reply = bench.command(0, bench.target.sessions.slots[0].last + 1 & 31, payload)
        equal(state, wire.FAILED, payload)
        assert reply[0] in (0x21, 0x23), reply
    equal(bench.ran, [1, 2, 9, 9, 3])


def the_stats_count():
    bench = Bench(noting)
    bench.hello()
    bench.command(bench.number, 1, b"\x07")
    bench.command(bench.number, 1, b"\x07")
    bench.command(bench.number, 9, b"\x07")
    _, reply = bench.command(5, 2)
    equal(struct.unpack("<8IB", reply), (5, 1, 1, 0, 1, 0, 0, 0, 1))
