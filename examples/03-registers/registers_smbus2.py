"""Plain registers: what i2cset and i2cget do. They are outside picoctl's checks."""
from smbus2 import SMBus

PICO, LIGHT1 = 0x41, 0x01

with SMBus(1) as bus:
    bus.write_byte_data(PICO, LIGHT1, 1)
    print("light1 is", bus.read_byte_data(PICO, LIGHT1))
# It prints: light1 is 1
# The journal then says: light1 value=1
