"""What may become of the 256 bytes, however they are written."""
from harness import Bench, equal, noting
from picoctl import wire

EMPTY = b"\xff" * wire.ROOM


def registers(bench):
    target = bench.target

    @target.register(0x10, "speed:u16", help="Turns a minute")
    def speed(value):
        bench.ran.append(("speed", value))

    @target.register(0x12, "tilt:i8")
    def tilt(value):
        bench.ran.append(("tilt", value))

    for number in range(0x20, 0x28):
        target.register(number, "r%d:u8" % number)(lambda value: bench.ran.append(("r", value)))


def after_the_start_it_shows_who_it_is():
    bench = Bench()
    equal(bench.identity[:3], b"\xf0PC")
    equal(bench.identity[4:8], bytes((1, 42, 40, 4)), "mailbox, request, reply, slots")
    equal(bench.answer(), (wire.IDLE, 0xE0, b""))
    equal(bytes(bench.memory[:0x80]), b"\xff" * 0x80, "no register is declared")
    equal(bytes(bench.memory[0xA0:0xD0]), EMPTY)


def a_frame_runs_and_its_window_is_empty_again():
    bench = Bench(noting)
    equal(bench.hello(), (0, 0, 0, 1))
    equal(bench.command(bench.number, 1, b"\x05"), (wire.DONE, b""))
    equal(bench.ran, [5])
    equal(bytes(bench.memory[0xA0:0xD0]), EMPTY)


def a_frame_still_coming_in_is_not_looked_at():
    """Not even if what is there by chance has the right CRC: the rest reads 0xff."""
    bench = Bench(noting)
    bench.hello()
    key = bench.target.sessions.slots[0].key
    # A key under which the frame without its last four bytes ends in ff ff ff ff.
    whole = bench.frame(key, 1, bench.number, b"\x05")
    cut = whole[:-2]
    for key in range(65536):
        if bench.frame(key, 1, bench.number, b"\x05")[-2:] == b"\xff\xff":
            break
    bench.target.sessions.slots[0].key = key
    bench.target._mailbox._settle_ms = 1000
    bench.write(0xA0, cut)
    bench.turn(5)
    equal(bench.ran, [], "its CRC may be on its way")
    bench.target._mailbox._settle_ms = 1
    bench.turn(5)
    equal(bench.ran, [5], "nothing came any more, so it was whole")


def a_damaged_frame_is_refused_by_name():
    bench = Bench(noting)
    bench.hello()
    frame = bench.frame(bench.target.sessions.slots[0].key, 1, bench.number, b"\x05")
    for at in range(len(frame) - 2):
        if at == 1:
            continue  # LEN: then nobody knows where its CRC is
        damaged = bytearray(frame)
        damaged[at] ^= 0x10
        state, seq, payload = bench.send(damaged)
        assert state in (wire.BAD_FRAME, wire.NO_SESSION), state
        equal((seq, payload), (0xE0, frame[-2:]))
    equal(bench.ran, [])


def what_is_out_of_order_or_has_no_session_is_refused_by_name():
    bench = Bench(noting)
    bench.hello()
    key = bench.target.sessions.slots[0].key
    for number in (0, 2, 31):
        frame = bench.frame(key, number, bench.number, b"\x05")
        equal(bench.send(frame), (wire.OUT_OF_ORDER, 0xE0, frame[-2:]), number)
    for slot in (1, 6):
        frame = bench.frame(key, slot << 5 | 1, bench.number, b"\x05")
        equal(bench.send(frame), (wire.NO_SESSION, 0xE0, frame[-2:]), slot)
    equal(bench.ran, [])


def a_frame_counts_when_its_last_byte_has_come():
    """However often it is looked at before: nothing runs, and nothing is said of it."""
    bench = Bench(noting)
    bench.hello()
    bench.target._mailbox._settle_ms = 1000
    frame = bench.frame(bench.target.sessions.slots[0].key, 1, bench.number, b"\x05")
    shown = bench.answer()
    for size in range(1, len(frame)):
        bench.write(0xA0, frame[:size])
        bench.turn(3)
        equal((bench.ran, bench.answer()), ([], shown), size)
    bench.write(0xA0, frame)
    bench.turn(3)
    equal(bench.ran, [5])


def a_frame_of_a_wild_length_is_refused_without_a_name():
    bench = Bench(noting)
    equal(bench.send(b"\xe0\xf0\x01" + bytes(20)), (wire.BAD_FRAME, 0xE0, b""))


def a_frame_longer_than_the_window_changes_nothing():
    """It runs on over RESPONSE, the registers and IDENTITY."""
    bench = Bench(noting, registers)
    bench.hello()
    shown = bench.answer()
    before = bytes(bench.memory)
    for size in (48, 49, 60, 96, 97, 120, 200, 250):
        bench.write(0xA0, bytes(range(size)))
        bench.turn(4)
        equal(bench.answer()[0], wire.BAD_FRAME, size)
        equal(bytes(bench.memory[:0xD0]), before[:0xD0], size)
    equal(shown[0], wire.DONE)
    equal(bench.ran, [])


def a_longer_write_than_its_frame_says_is_refused():
    bench = Bench(noting)
    bench.hello()
    frame = bench.frame(bench.target.sessions.slots[0].key, 1, bench.number, b"\x05")
    state, _, payload = bench.send(frame + b"\0")
    equal((state, payload), (wire.BAD_FRAME, frame[-2:]))
    equal(bench.ran, [])


def a_register_is_written_and_its_handler_runs():
    bench = Bench(registers)
    bench.write(0x10, b"\x34\x12")
    bench.turn(3)
    bench.write(0x12, b"\xfe")
    bench.turn(3)
    equal(bench.ran, [("speed", 0x1234), ("tilt", -2)])
    equal((bench.target["speed"], bench.target[0x12]), (0x1234, -2))


def several_registers_in_one_write():
    bench = Bench(registers)
    bench.write(0x20, b"\1\2\3\4")
    bench.turn(3)
    equal(bench.ran, [("r", 1), ("r", 2), ("r", 3), ("r", 4)])


def a_wider_write_is_undone():
    """A frame whose register byte was damaged."""
    bench = Bench(registers)
    for size in (5, 6, 8):
        bench.write(0x20, bytes(range(1, size + 1)))
        bench.turn(3)
        equal(bytes(bench.memory[0x20:0x28]), bytes(8))
    # One byte has by chance the value that was there.
    bench.write(0x20, b"\1\0\2\3\4\5")
    bench.turn(3)
    equal(bytes(bench.memory[0x20:0x28]), bytes(8))
    equal(bench.ran, [])
    equal(bench.target.refused_writes(), 4)


def a_write_beside_the_declared_is_undone():
    """As with a PEC byte."""
    bench = Bench(registers)
    bench.write(0x12, b"\x01\x77")
    bench.turn(3)
    equal(bytes(bench.memory[0x12:0x14]), b"\0\xff")
    bench.write(0x50, b"\x01")
    bench.turn(3)
    equal(bench.memory[0x50], 0xFF)
    equal(bench.ran, [])


def what_is_read_only_stays():
    bench = Bench(registers)
    shown = bytes(bench.memory[0xD0:])
    for register, data in ((0x80, b"\0\0"), (0x9E, b"\1\2"), (0xD0, b"\x83\x01\x00"), (0xFF, b"\0")):
        bench.write(register, data)
        bench.turn(3)
        equal(bytes(bench.memory[0x80:0xA0]), bench.identity)
        equal(bytes(bench.memory[0xD0:]), shown)
    bench.write(0x7F, b"\0\0")
    bench.turn(3)
    equal(bench.memory[0x7F], 0xFF)


def a_register_set_by_the_program_runs_no_handler():
    bench = Bench(registers)
    bench.target["speed"] = 500
    bench.turn(3)
    equal(bytes(bench.memory[0x10:0x12]), b"\xf4\x01")
    equal(bench.ran, [])


def answers_are_published_head_last():
    """At no moment stands a head there that is valid and whose payload is not."""
    bench = Bench(noting)
    bench.hello()
    box = bench.target._mailbox
    put = box._put
    shown = []

    def watched(at, data):
        put(at, data)
        if at >= 0xD0:
            shown.append(bytes(bench.memory[0xD0:]))

    box._put = watched
    bench.command(4, 1, b"\x03abc")  # system.echo
    key = bench.target.sessions.slots[0].key
    states = []
    for data in shown:
        head_is_right = wire.answer(0x41, key, data[0] & 15, data[1], data[3], data[6 : 6 + data[2]])
        covered = bytes((0x83,)) + data[:4]
        value = wire.crc16(key, covered)
        if data[4:6] != bytes((value >> 8, value & 255)):
            continue
        states.append(data[0] & 15)
        equal(data[: len(head_is_right)], head_is_right)
    assert wire.BUSY in states and states[-1] == wire.DONE, states
