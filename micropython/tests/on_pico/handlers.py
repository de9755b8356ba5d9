"""Whatever a handler does, its caller is answered and the loop lives."""
import gc

import picoctl
from harness import Bench, equal, raises
from picoctl import errors, wire


def bench_with(text, handler):
    bench = Bench(lambda bench: bench.target.command(text)(handler))
    bench.hello()
    return bench


def outcome(text, handler, payload=b""):
    """(state, payload) of one call; a second command runs as well."""
    bench = bench_with(text, handler)
    result = bench.command(bench.number, 1, payload)
    equal(bench.command(3, 2)[0], wire.DONE, "the loop lives")
    return result


def failure(handler):
    state, reply = outcome("fail", handler)
    equal(state, wire.FAILED)
    return reply[0], reply[1:].decode()


def an_exception_becomes_an_error_with_its_text():
    def raiser(problem):
        def handler():
            raise problem

        return handler

    for problem, code, text in (
            (ValueError("lights are 0 to 3"), errors.BAD_VALUE, "lights are 0 to 3"),
            (RuntimeError("stuck"), errors.HANDLER_FAILED, "RuntimeError: stuck"),
            (KeyError(7), errors.HANDLER_FAILED, "KeyError: 7"),
            (MemoryError(), errors.HANDLER_FAILED, "MemoryError"),
            (OSError(19), errors.HANDLER_FAILED, "OSError: [Errno 19]"),
            (picoctl.Error("no paper", 0x61), 0x61, "no paper"),
            (picoctl.Error("no paper"), errors.HANDLER_FAILED, "no paper")):
        told_code, told_text = failure(raiser(problem))
        equal(told_code, code)
        assert told_text.startswith(text), told_text
    equal(failure(raiser(ValueError("x" * 100)))[1], "x" * 39, "39 bytes travel")
    equal(failure(raiser(ValueError("ä" * 30)))[1], "ä" * 19, "and no half letters")


def an_endless_recursion_is_an_error():
    def handler():
        return handler()

    code, text = failure(handler)
    equal(code, errors.HANDLER_FAILED)
    assert text.startswith("RuntimeError"), text


def no_memory_is_an_error():
    def handler():
        kept = []
        while True:
            kept.append(bytearray(100000))

    code, text = failure(handler)
    gc.collect()
    equal((code, text[:11]), (errors.HANDLER_FAILED, "MemoryError"))


def a_handler_of_other_parameters_is_an_error():
    state, reply = outcome("take n:u8", lambda: None, b"\x01")
    equal((state, reply[0]), (wire.FAILED, errors.HANDLER_FAILED))
    assert b"TypeError" in reply, reply


def a_reply_that_does_not_fit_is_an_error():
    for text, value, words in (
            ("get -> n:u8", 300, "300 is no u8"), ("get -> n:u8", "x", "'x' is no u8"),
            ("get -> n:u8", None, "None is no u8"), ("get -> s:str<3>", "four", "'four' is no str"),
            ("get -> a:u8 b:u8", 1, "1 has not 2 parts"), ("get -> a:u8*2", [1], "[1] are not 2"),
            ("get -> on:bool", 7, "7 is no bool")):
        state, reply = outcome(text, lambda value=value: value)
        equal((state, reply[0]), (wire.FAILED, errors.HANDLER_FAILED))
        assert words in reply.decode(), reply


def replies_in_every_shape():
    for text, value, reply in (
            ("get", 5, b""), ("get -> n:u16", 258, b"\x02\x01"), ("get -> on:bool", 1, b"\x01"),
            ("get -> a:u8 b:str<4>", (1, "hi"), b"\x01\x02hi"),
            ("get -> a:u8 b:u8", {"b": 2, "a": 1}, b"\x01\x02"),
            ("get -> at:(x:i8,y:i8)", {"x": -1, "y": 2}, b"\xff\x02"),
            ("get -> n:u8", True, b"\x01"),
            ("get -> m:u8{off=0,on=1}", "on", b"\x01"), ("get -> d:bytes<4>", bytearray(2), b"\x02\0\0"),
            ("get -> f:f32", 1, b"\0\0\x80\x3f")):
        equal(outcome(text, lambda value=value: value), (wire.DONE, reply), text)


def arguments_that_do_not_decode_reach_no_handler():
    def never(*_):
        raise AssertionError("it ran")

    for text, payload in (
            ("take n:u16", b"\x01"), ("take n:u8", b"\1\2"), ("take on:bool", b"\x02"),
            ("take m:u8{a=1}", b"\x02"), ("take s:str<2>", b"\3abc"), ("take s:str<2>", b"\2\xff\xff"),
            ("take", b"\0"), ("take a:u8*3", b"\1\2")):
        state, reply = outcome(text, never, payload)
        equal((state, reply[0]), (wire.FAILED, errors.BAD_ARGUMENTS), text)


def an_unknown_command_is_told():
    bench = bench_with("get", lambda: None)
    for number in (bench.number + 1, 127, 0x80):
        equal(bench.command(number, bench.target.sessions.slots[0].last + 1, b"\xff"),
              (wire.FAILED, bytes((errors.UNKNOWN_COMMAND,))))


def a_command_beyond_127_has_a_longer_number():
    def many(bench):
        for n in range(130):
            bench.target.command("c%d -> n:u8" % n)(lambda n=n: n)

    bench = Bench(many)
    bench.hello()
    first = bench.number - 130 + 1
    number = first + 129
    equal(bench.command(0x80 | number >> 8, 1, bytes((number & 255,))), (wire.DONE, bytes((129,))))


def ctrl_c_ends_the_program_but_the_command_has_its_answer():
    def handler():
        raise KeyboardInterrupt

    bench = bench_with("stop", handler)
    bench.write(0xA0, bench.frame(bench.target.sessions.slots[0].key, 1, bench.number))
    raises(KeyboardInterrupt, "", bench.turn, 5)
    equal(bench.answer()[0], wire.FAILED)
    equal(bench.command(bench.number, 1)[0], wire.FAILED, "and it is not run again")


def a_register_handler_may_fail():
    def declare(bench):
        @bench.target.register(0x10, "speed:u8")
        def speed(value):
            bench.ran.append(value)
            raise ValueError("too fast")

    bench = Bench(declare)
    for value in (1, 2):
        bench.write(0x10, bytes((value,)))
        bench.turn(3)
    equal(bench.ran, [1, 2])


def a_name_is_kept_and_a_bad_one_refused():
    import os

    os.chdir(os.getenv("PICOCTL_FOLDER"))
    bench = Bench()
    bench.hello()
    equal(bench.command(6, 1, b"\x04desk"), (wire.DONE, b""))
    equal(bench.command(2, 2)[1][:5], b"\x04desk")
    equal(bench.command(6, 3, b"\x02\x07x"), (wire.FAILED, b"\x40a name is printable ASCII"))
    again = Bench()
    again.hello()
    equal(again.command(2, 1)[1][:5], b"\x04desk")
    os.mkdir("picoctl.name.new")  # the file system refuses
    state, reply = again.command(6, 2, b"\x01x")
    equal((state, reply[0]), (wire.FAILED, errors.NOT_SAVED))


def the_links_own_pins_are_refused():
    from picoctl import gpio

    bench = Bench(lambda bench: gpio.add_to(bench.target), sda=4, scl=5)
    bench.hello()
    write = bench.number - 3
    equal(bench.command(write, 1, b"\x04\x01"), (wire.FAILED, b"\x42GP4 is this link's SDA"))
    equal(bench.command(write, 2, b"\x05\x01"), (wire.FAILED, b"\x42GP5 is this link's SCL"))
    equal(bench.command(write, 3, b"\x63\x01"), (wire.FAILED, b"\x41GP99 is not on this board"))
    # A group with one of them: nothing changes.
    group = bench.number - 1
    equal(bench.command(group, 4, b"\x50\0\0\0\x50\0\0\0")[0], wire.FAILED)
    equal(bench.command(bench.number - 2, 5, b"\x06"), (wire.DONE, b"\0"))
    equal(bench.command(group, 6, b"\x40\0\0\0\x41\0\0\0")[1][:1], b"\x40")
