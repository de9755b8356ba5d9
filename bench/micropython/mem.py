# machine.I2CTarget as a memory: MicroPython's C code moves the bytes, Python sees nothing of them.
import machine

memory = bytearray(256)
target = machine.I2CTarget(0, addr=0x17, mem=memory, sda=machine.Pin(4), scl=machine.Pin(5))
while True:
    machine.idle()
