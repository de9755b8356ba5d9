# machine.I2CTarget with handlers in Python, as MicroPython's own example has them: a memory of 256 bytes.
import machine

memory = bytearray(256)
byte = bytearray(1)
reached = machine.Pin(22, machine.Pin.OUT)  # a rising edge: a whole write has been told to the program
state = bytearray(2)  # the address in the memory; whether it is known


def on_event(target):
    flags = target.irq().flags()
    if flags & machine.I2CTarget.IRQ_END_WRITE:
        reached.on()
        state[1] = 0
        reached.off()
    if flags & machine.I2CTarget.IRQ_WRITE_REQ:
        target.readinto(byte)
        if state[1]:
            memory[state[0]] = byte[0]
            state[0] = (state[0] + 1) & 255
        else:
            state[0] = byte[0]
            state[1] = 1
    if flags & machine.I2CTarget.IRQ_READ_REQ:
        byte[0] = memory[state[0]]
        state[0] = (state[0] + 1) & 255
        target.write(byte)


target = machine.I2CTarget(0, addr=0x17, sda=machine.Pin(4), scl=machine.Pin(5))
target.irq(on_event, machine.I2CTarget.IRQ_END_WRITE | machine.I2CTarget.IRQ_WRITE_REQ
           | machine.I2CTarget.IRQ_READ_REQ, hard=True)
while True:
    machine.idle()
