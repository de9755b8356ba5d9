"""Turns light 1 on: GP15 of the Pico goes high. Plain I2C, nothing of picoctl on this side.

With a virtual Pico: picoctl run -- python3 light_smbus2.py
"""
from smbus2 import SMBus

with SMBus(1) as bus:
    bus.write_byte_data(0x41, 1, 1)  # register 1 is light 1
print("light 1 is on, if the byte arrived as it was sent")
# It prints: light 1 is on, if the byte arrived as it was sent
# The journal then says: light1 value=1
