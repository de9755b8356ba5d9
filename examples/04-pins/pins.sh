#!/bin/sh
# Drives several pins at the same instant. GP2, GP3 and GP4, bit n is GPn: on, off, on.
set -e
picoctl call gpio.write_group 0x1c 0x14
picoctl call gpio.read_group 0x1c
# It prints: 20
# The journal then says: gpio.write_group mask=28 values=20
# The journal then says: gpio.read_group mask=28
