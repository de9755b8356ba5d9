"""What goes wrong says what happened, and what became of the command."""
import picoctl

WORDS = {"done": "it reached its handler, which refused", "not_run": "it did not run",
         "still_running": "it is still running", "unknown": "it ran once or not at all"}


def tell(what, call):
    try:
        call()
    except picoctl.PicoError as problem:
        print(f"{what}: {problem.id}; {WORDS[problem.outcome]}")


pico = picoctl.connect()
tell("lde 1 on", lambda: pico.lde(1, True))                # checked here, nothing is sent
tell("led 9 on", lambda: pico.led(9, True))                # refused by the handler
tell("gpio.write 1 on", lambda: pico.gpio.write(1, True))  # GP1 carries the link
try:
    pico.led("one", True)
except TypeError as problem:  # the built-in exceptions fit, too
    print(problem.what)
# It prints: lde 1 on: no_such_command; it did not run
# It prints: led 9 on: bad_value; it reached its handler, which refused
# It prints: gpio.write 1 on: pin_reserved; it reached its handler, which refused
# It prints: an argument has the wrong type: 'n' of 'led' is u8, not 'one'
# The journal then says: led n=9 on=1
# The journal then says: gpio.write pin=1 on=1
