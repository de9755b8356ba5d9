"""Declarations that cannot work are refused at their own line, with what is wrong."""
import picoctl
from harness import Bench, equal, raises


def target():
    return Bench().target


def new():
    """A target that has not started."""
    import machine
    machine.I2CTarget = object
    return picoctl.Target()


def declare(text, handler=lambda *_: None, help=""):
    new().command(text, help=help)(handler)


def a_line_that_is_no_command():
    for text, words in (
            ("", "a name is a-z"), ("Led n:u8", "a name is a-z"), ("led  n:u8", "a name is a-z"),
            ("led n", "'n' has no type; write it as n:u8"), ("led n:", "no type"),
            ("led n:int", "'int' is no type; there are bool u8"), ("led n:u9", "'u9' is no type"),
            ("led n:str", "'str' is no type"), ("led n:str<300>", "a number up to 239"),
            ("led n:str<4", "'>' is missing"), ("led n:u8{}", "an enumeration is"),
            ("led n:u8{a=256}", "'a' does not fit u8"), ("led n:i8{a=-129}", "does not fit i8"),
            ("led n:u8{a=1,a=2}", "an enumeration is"), ("led n:u8{a=1", "'}' is missing"),
            ("led n:f32{a=1}", "one space belongs"), ("led n:u8*0", "an array of nothing"),
            ("led n:()*4", "an array of nothing"), ("led n:(x:u8", "')' is missing"),
            ("led n:u8[", "a unit is"), ("led n:u8[]", "a unit is"),
            ("led n:u8 -> a:u8 -> b:u8", "there are two ->"), ("led @5s", "a time is @2000ms"),
            ("led n:u8,m:u8", "one space belongs"), ("led n:u8 n:u8", "two of one name"),
            ("led n:" + "(x:" * 10 + "u8" + ")" * 10, "types within types"),
            ("led # two\nlines", "a description is one line"),
            ("l" * 33, "a name is a-z"), ("led # " + "x" * 2100, "at most 2048 bytes")):
        raises(ValueError, words, declare, text)
    raises(ValueError, "a description is one line", declare, "led", lambda: None, "a\nb")


def what_does_not_fit_a_frame():
    raises(ValueError, "the arguments of 'led' may take 43 bytes, and a frame of this Pico holds 42",
           declare, "led a:str<42>")
    raises(ValueError, "the reply of 'led' may take 41 bytes, and a frame of this Pico holds 40",
           declare, "led -> a:bytes<40>")
    raises(ValueError, "may take 400 bytes", declare, "led a:u16*200")
    declare("led a:str<41> -> a:bytes<39>")


def what_is_no_handler():
    raises(TypeError, "a handler is a function", declare, "led", 5)

    async def task():
        pass

    raises(TypeError, "a handler is a plain function", declare, "led", task)


def one_name_twice():
    a = new()
    a.command("led")(lambda: None)
    raises(ValueError, "there is a command 'led' already", a.command("led n:u8"), lambda n: None)
    raises(ValueError, "there is a command 'system.ping'", a.command("system.ping"), lambda: None)
    a.register(1, "speed:u8")
    raises(ValueError, "there is a register 'speed'", a.register, 9, "speed:u8")


def registers_that_cannot_be():
    a = new()
    a.register(0x10, "speed:u16")
    for number, text, words in (
            (0x11, "x:u8", "register 0x11 is taken"), (0x0D, "x:u32", "register 0x10 is taken"),
            (0x80, "x:u8", "registers are 0x00 to 0x7f"), (0x7F, "x:u16", "registers are 0x00"),
            (-1, "x:u8", "registers are 0x00"), (1, "x:u64", "a register is u8, u16"),
            (1, "x:bool", "a register is u8"), (1, "x:f32", "a register is u8"),
            (1, "x:u8{a=1}", "a register is u8"), (1, "x:str<2>", "a register is u8"),
            (1, "x", "has no type"), (1, "x:u8 y:u8", "a register is one name:type")):
        raises(ValueError, words, a.register, number, text)
    a.register(0x12, "x:u32[mm] # behind the first")
    equal(a.registers[0x12].line, "0x12 x:u32[mm] # behind the first")


def values_that_a_register_cannot_hold():
    a = new()
    a.register(0x10, "speed:u16")
    raises(ValueError, "70000 is no u16", a.__setitem__, "speed", 70000)
    raises(ValueError, "'x' is no u16", a.__setitem__, "speed", "x")
    raises(KeyError, "there is no register 'velocity'", a.__getitem__, "velocity")


def too_late():
    bench = Bench()
    raises(RuntimeError, "before the target runs", bench.target.command("led"), lambda: None)
    raises(RuntimeError, "before the target runs", bench.target.register, 1, "x:u8")


def pins_and_addresses():
    for options, words in (
            ({"sda": 1, "scl": 0}, "sda is the number of a GP pin that can be SDA"),
            ({"sda": 0, "scl": 2}, "scl is the number of a GP pin that can be SCL"),
            ({"sda": 0, "scl": 3}, "belong to different I2C blocks"),
            ({"sda": "GP0"}, "sda is the number of a GP pin"),
            ({"address": 0x55}, "0x55 cannot be used"), ({"address": 0x08}, "0x08 cannot be used"),
            ({"address": 0x80}, "0x80 cannot be used"), ({"slots": 8}, "slots: 1 to 7")):
        raises(ValueError, words, lambda options=options: picoctl.Target(**options))
    equal(picoctl.Target(sda=2, scl=3)._block, 1)
    equal(picoctl.Target(sda=20, scl=21)._block, 0)


def the_description_is_what_was_declared():
    a = new()
    before = len(a.commands.list)
    a.command("led n:u8 on:bool", help="Turn a light on or off")(lambda n, on: None)
    a.command("move to:(x:i16,y:i16[mm]) -> late:u32[ms] @2500ms # Go there")(lambda to: 0)
    a.register(0x10, "speed:u16", help="Turns a minute")
    import machine
    from harness import Block
    machine.I2CTarget = Block
    a.start()
    lines = a.description().decode().split("\n")
    equal(lines[0], "system.describe offset:u16 -> text:bytes<39> # This description, from a byte on")
    equal(lines[before:], ["led n:u8 on:bool # Turn a light on or off",
                           "move to:(x:i16,y:i16[mm]) -> late:u32[ms] @2500ms # Go there",
                           "0x10 speed:u16 # Turns a minute", ""])
