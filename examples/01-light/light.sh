#!/bin/sh
# Turns light 1 on: GP15 of the Pico goes high.
set -e
picoctl call led 1 on
echo "light 1 is on"
# It prints: light 1 is on
# The journal then says: led n=1 on=1
