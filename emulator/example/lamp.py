"""Switches the lamp at 0x17: lamp.py on|off; says what the lamp then reads back."""
import sys

from smbus2 import SMBus

with SMBus(1) as bus:
    bus.write_byte_data(0x17, 25, sys.argv[1] == "on")
    print("on" if bus.read_byte_data(0x17, 25) else "off")
