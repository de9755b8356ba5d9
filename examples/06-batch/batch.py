"""Several commands in one transaction: all are checked before any runs."""
import picoctl

pico = picoctl.connect()
with pico.batch() as batch:
    batch.led(1, True)
    batch.led(2, True)
    pin = batch.gpio.read(15)
print("GP15 is", pin.value)
# It prints: GP15 is True
# The journal then says: led n=1 on=1
# The journal then says: led n=2 on=1
# The journal then says: gpio.read pin=15
