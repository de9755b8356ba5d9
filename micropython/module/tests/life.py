"""What the link in C++ goes through in a program's life; a Pico with picoctl's image only. Each command
tells the main loop what to do next; boot.py has put the REPL on UART0 as well."""
import gc
import sys
import time

import machine
import micropython
import picoctl

state = {"again": 0}
READ = 500  # ms; within them the Pi, which may be a busy machine, has read an answer


def make():
    target = picoctl.Target(sda=0, scl=1, address=0x41)

    @target.command("add a:u16 b:u16 -> sum:u32")
    def add(a, b):
        return a + b

    @target.command("state -> starts:u32 free:u32")
    def tell():
        gc.collect()
        return state["again"], gc.mem_free()

    @target.command("raise what:u8{value=0,error=1,os=2,memory=3,ctrl_c=4,exit=5,reply=6} -> n:u8")
    def fail(what):
        if what == "reply":
            return 300
        if what == "memory":
            return bytearray(1 << 24)
        raise {"value": ValueError("no good"), "error": picoctl.Error("no paper", 0x61),
               "os": OSError(5), "ctrl_c": KeyboardInterrupt(), "exit": SystemExit()}[what]

    @target.command("text words:str<200> -> words:str<200>")
    def text(words):
        return words

    @target.command("many a:u8 b:i8 c:u16 d:i16 e:u32 f:i32 g:u64 h:i64 i:f32 j:bool k:bytes<4> "
                    "-> a:u8 b:i8 c:u16 d:i16 e:u32 f:i32 g:u64 h:i64 i:f32 j:bool k:bytes<4>")
    def many(*values):
        return values

    @target.command("nested a:u8*3 b:(x:i16,y:u8{off=0,on=1}) -> a:u8*3 b:(x:i16,y:u8{off=0,on=1})")
    def nested(a, b):
        return a, b

    @target.command("poll_within")
    def poll_within():
        target.poll()

    @target.command("stop_within")
    def stop_within():
        target.stop()

    @target.command("litter bytes:u16")
    def litter(size):
        for _ in range(60):
            bytearray(size)

    @target.command("steal what:u8{i2c=0,target=1}")
    def steal(what):
        state["steal"] = what

    @target.command("import_again")
    def import_again():
        for name in list(sys.modules):
            if name.startswith("picoctl"):
                del sys.modules[name]
        state["import"] = True

    @target.command("soft_reset", alone=True)
    def soft_reset():
        state["end"] = machine.soft_reset

    @target.command("quit", alone=True)
    def leave():
        state["end"] = lambda: None

    @target.command("spin")
    def spin():
        print("spinning")
        while True:
            pass

    @target.register(0x10, "speed:u16")
    def speed(value):
        target["double"] = 2 * value

    target.register(0x12, "double:i32")
    target["double"] = -7
    return target


def answered(target):
    """The answer was read, and who asked has left; or he stays."""
    end = time.ticks_add(time.ticks_ms(), READ)
    while target.counts()["sessions"] and time.ticks_diff(end, time.ticks_ms()) > 0:
        target.poll()


def turn(target):
    target.poll()
    what = state.pop("steal", None)
    if what:
        answered(target)
    if what == "i2c":
        machine.I2C(0, sda=machine.Pin(0), scl=machine.Pin(1))
    if what == "target":
        state["thief"] = machine.I2CTarget(0, 0x30, sda=machine.Pin(0), scl=machine.Pin(1))
    if "end" in state:
        answered(target)
        return True
    if state.pop("import", False):
        global picoctl
        answered(target)
        picoctl = __import__("picoctl")
        return True
    return False


def main():
    while True:
        state["again"] += 1
        target = make()
        target.start()
        print("running")
        try:
            while not turn(target):
                pass
            if "end" in state:
                return  # with the link as it is, and its interrupt on
            target.stop()
        except (KeyboardInterrupt, SystemExit, RuntimeError) as problem:
            print("ended:", repr(problem))
            time.sleep_ms(READ)  # the interrupt gives the answer
            thief = state.pop("thief", None)
            try:
                target.stop()
                if thief:
                    make().start()
            except RuntimeError as refusal:
                print("refused:", refusal)
            if thief:
                thief.deinit()


main()
state["end"]()  # a soft reset raises SystemExit, which is for nobody here to catch
