#!/bin/sh
# Plain registers: what i2cset and i2cget do. They are outside picoctl's checks.
set -e
picoctl set light1 1
picoctl get light1
picoctl run -- i2cset -y 1 0x41 0x02 0x01 # any I2C tool does it
picoctl run -- i2cget -y 1 0x41 0x02
# It prints: 1
# It prints: 0x01
# The journal then says: light1 value=1
# The journal then says: light2 value=1
