"""Drives several pins at the same instant."""
import picoctl

pico = picoctl.connect()
pico.gpio.write_group(mask=0b11100, values=0b10100)  # GP2, GP3 and GP4, bit n is GPn: on, off, on
pins = pico.gpio.read_group(0b11100)
print(f"GP2 {pins >> 2 & 1}, GP3 {pins >> 3 & 1}, GP4 {pins >> 4 & 1}")
# It prints: GP2 1, GP3 0, GP4 1
# The journal then says: gpio.write_group mask=28 values=20
# The journal then says: gpio.read_group mask=28
