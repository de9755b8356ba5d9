"""What plain registers do not tell: a write that the Pico refuses looks like one that it obeys."""
from smbus2 import SMBus

PICO = 0x41

with SMBus(1) as bus:
    bus.write_byte_data(PICO, 0x55, 1)  # there is no such register: nothing happens, no error
    print("register 0x55 reads", hex(bus.read_byte_data(PICO, 0x55)))
    try:
        bus.write_byte_data(0x42, 1, 1)
    except OSError as error:  # nobody at that address
        print("errno", error.errno)
# It prints: register 0x55 reads 0xff
# It prints: errno 121
