"""Says which library it runs on, and answers within the frames of either."""
import time

import picoctl

target = picoctl.Target(sda=0, scl=1, address=0x41)
state = {"on": True}


@target.command("library -> copied:bool linked:bool")
def library():
    return hasattr(picoctl, "copied"), target.max_request == 240


@target.command("add a:u16 b:u16 -> sum:u32")
def add(a, b):
    return a + b


@target.command("quit", alone=True)
def leave():
    state["on"] = False


target.start()
print("running")
while state["on"]:
    target.poll()
time.sleep_ms(500)  # the answer is to be read first
target.poll()
