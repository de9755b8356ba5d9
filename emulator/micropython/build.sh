#!/bin/bash
# Builds MicroPython for the Pico, unpatched, for the emulator: build/micropython-rp2/firmware.elf.
#   MICROPY_SOURCE  MicroPython 1.26 or newer   (Debian sid: apt-get source micropython)
#   MBEDTLS_SOURCE  mbedtls 3.6                 (Debian trixie: apt-get source mbedtls)
#   PICO_SDK_PATH   default: what ./firmware got, in build/pico-sdk
set -euo pipefail
cd "$(dirname "$0")/../.."
sdk=${PICO_SDK_PATH:-$PWD/build/pico-sdk/usr/src/pico-sdk}
out=$PWD/build/micropython-rp2

# what, is it there, how to get it
need() {
  [ -e "$2" ] && return
  printf 'micropython: there is no %s\n  what to do: %s\n' "$1" "$3" >&2
  exit 3
}
need 'pico-sdk' "$sdk/pico_sdk_init.cmake" './firmware gets one'
need 'MicroPython source' "${MICROPY_SOURCE:-}/extmod/machine_i2c_target.c" 'set MICROPY_SOURCE'
need 'mbedtls source' "${MBEDTLS_SOURCE:-}/library/sha256.c" 'set MBEDTLS_SOURCE'

# The source stays as it is: the folders that Debian leaves empty are links in a copy.
rm -rf "$out" && mkdir -p "$out/library" && echo nothing >"$out/library/README.md"
cp -r "$MICROPY_SOURCE" "$out/source"
for library in mbedtls tinyusb; do rm -rf "$out/source/lib/$library"; done
ln -s "$(realpath "$MBEDTLS_SOURCE")" "$out/source/lib/mbedtls"
ln -s "$(realpath "$sdk/lib/tinyusb")" "$out/source/lib/tinyusb"
make -s -C "$out/source/mpy-cross" PYTHON=/usr/bin/python3
cmake -G Ninja -S "$out/source/ports/rp2" -B "$out/work" -DMICROPY_BOARD=EMULATED \
  -DMICROPY_BOARD_DIR="$PWD/emulator/micropython/board" -DPICO_SDK_PATH_OVERRIDE="$sdk" \
  -DMICROPY_LIB_DIR="$out/library" -DPICO_NO_PICOTOOL=1 -DPython3_EXECUTABLE=/usr/bin/python3
nice ninja -C "$out/work"
cp "$out/work/firmware.elf" "$out/"
