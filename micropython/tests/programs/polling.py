"""A program with a loop of its own, which asks the target now and then."""
import time

import picoctl

target = picoctl.Target(address=0x42)
turns = 0


@target.command("turns -> count:u32")
def count_turns():
    return turns


target.start()
print("running")
while True:
    target.poll()
    turns += 1
    time.sleep_ms(5)
