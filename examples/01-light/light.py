"""Turns light 1 on: GP15 of the Pico goes high."""
import picoctl

pico = picoctl.connect()
pico.led(1, on=True)
print("light 1 is on")
# It prints: light 1 is on
# The journal then says: led n=1 on=1
