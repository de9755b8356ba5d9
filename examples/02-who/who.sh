#!/bin/sh
# Asks a Pico who it is and what it can do.
set -e
picoctl scan
picoctl info
# It prints: 0x41
# It prints: led n:u8 on:bool
