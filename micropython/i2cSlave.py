"""The class i2c_slave that Raspberry Pi's forum knows, for programs written for it:

    from i2cSlave import i2c_slave

    s_i2c = i2c_slave(0, sda=0, scl=1, slaveAddress=0x41)
    while True:
        if s_i2c.any():
            print(s_i2c.get())
        if s_i2c.anyRead():
            s_i2c.put(7)

On the Pico and the Pico 2. Bytes as they come, unchecked; for all else there are picoctl's commands.
In picoctl's MicroPython images the interrupt is in C++; elsewhere it is machine.I2CTarget's.
"""
try:
    from _picoctl import Bytes
except ImportError:
    import machine
    from machine import I2CTarget

    _SURPLUS = b"\0"

    class Bytes:
        def __init__(self, block, sda, scl, address):
            self._queue = bytearray(256)
            self._first = self._behind = 0
            self._asked = False
            self._one = bytearray(1)
            self._i2c = I2CTarget(block, address, sda=machine.Pin(sda), scl=machine.Pin(scl))
            self._irq = self._i2c.irq(
                self._event, I2CTarget.IRQ_WRITE_REQ | I2CTarget.IRQ_READ_REQ
                | I2CTarget.IRQ_END_READ, hard=True)

        def _event(self, _):
            """In the interrupt, which may not allocate."""
            flags = self._irq.flags()
            if flags & I2CTarget.IRQ_WRITE_REQ:
                self._receive()
            elif flags & I2CTarget.IRQ_READ_REQ:
                self._asked = True
            elif self._asked:
                # The last byte that was read brought a request for one more, and I2CTarget hears of no
                # other before that is answered. The block drops the byte at the next read.
                self._asked = False
                self._i2c.write(_SURPLUS)

        def _receive(self):
            """What finds no place stays in the block, which then holds the controller."""
            behind = self._behind
            while (behind + 1) & 255 != self._first and self._i2c.readinto(self._one):
                self._queue[behind] = self._one[0]
                behind = (behind + 1) & 255
            self._behind = behind

        def any(self):
            return self._first != self._behind

        def anyRead(self):
            return self._asked

        def get(self):
            while self._first == self._behind:
                machine.idle()
            byte = self._queue[self._first]
            state = machine.disable_irq()
            full = (self._behind + 1) & 255 == self._first
            self._first = (self._first + 1) & 255
            if full:
                self._receive()
            machine.enable_irq(state)
            return byte

        def put(self, byte):
            while not self._asked:
                machine.idle()
            self._asked = False
            self._one[0] = byte
            self._i2c.write(self._one)

        def close(self):
            self._i2c.deinit()


class i2c_slave:
    """any(): a byte has come. get(): it; waits for one. anyRead(): a controller asks for a byte, and is
    held until put() gives it; put() waits for that."""

    def __init__(self, i2cID=0, sda=0, scl=1, slaveAddress=0x41):
        self._bytes = target = Bytes(i2cID, sda, scl, slaveAddress)
        self.any = target.any
        self.get = target.get
        self.anyRead = target.anyRead
        self.put = target.put

    def deinit(self):
        """Lets go of the pins."""
        self._bytes.close()
