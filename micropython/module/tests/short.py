"""A handler that takes as long as it is told, and no other work: loop.txt says whether run() polls, or a loop of the program's own."""
import time

import picoctl

target = picoctl.Target(sda=0, scl=1, address=0x41)
with open("loop.txt") as file:
    loop = file.read()


@target.command("rest time:u16[us]")
def rest(microseconds):
    if microseconds:
        time.sleep_us(microseconds)


def main():
    target.start()
    while loop == "poll()":
        target.poll()
    target.run()


main()
