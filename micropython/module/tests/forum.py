"""The usual program for the forum's class, as it is passed round: unchanged."""
from i2cSlave import i2c_slave

s_i2c = i2c_slave(0, sda=0, scl=1, slaveAddress=0x41)
counter = 1

try:
    while True:
        if s_i2c.any():
            print(s_i2c.get())
        if s_i2c.anyRead():
            counter = counter + 1
            s_i2c.put(counter & 0xff)

except KeyboardInterrupt:
    pass
