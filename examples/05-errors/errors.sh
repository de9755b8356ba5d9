#!/bin/sh
# What goes wrong has an exit code: docs/ERRORS.md lists them.
picoctl call lde 1 on
echo "exit code $?: nothing was sent"
picoctl call gpio.write 1 on
echo "exit code $?: the Pico refused"
picoctl --bus virtual:/tmp/nobody-listens-here call led 1 on
echo "exit code $?: no bus"
# It prints: exit code 2: nothing was sent
# It prints: exit code 1: the Pico refused
# It prints: exit code 3: no bus
# The journal then says: gpio.write pin=1 on=1
