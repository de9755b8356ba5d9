#!/bin/bash
# Builds MicroPython for the Pico, unpatched, for the emulator: build/micropython-rp2/firmware.elf and .uf2.
# Called by ./check; needs a network only the first time. -j N: how much at once.
#   MICROPY_SOURCE  MicroPython 1.26 or newer   (default: got from Debian's source package)
#   MBEDTLS_SOURCE  mbedtls 3.6                 (the same)
#   PICO_SDK_PATH   default: what ./firmware got, in build/pico-sdk
# Exit status: 0 built, 1 failed, 2 wrong usage, 3 something is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/micropython_source.sh
. tools/micropython_source.sh

readonly out=$PWD/build/micropython-rp2
sdk=${PICO_SDK_PATH:-$PWD/build/pico-sdk/usr/src/pico-sdk}
jobs=$(nproc)
if [ $# -gt 0 ]; then
  [[ $# = 2 && $1 = -j ]] || { echo "usage: emulator/micropython/build.sh [-j N]" >&2; exit 2; }
  jobs=$2
fi

# The source stays as it is: the folders that Debian leaves empty are links in a copy.
copy_source() {
  [ "$(cat "$out/of" 2>/dev/null)" = "$source $mbedtls $sdk" ] && return
  rm -rf "$out" && mkdir -p "$out"
  cp -r "$source" "$out/source"
  for library in mbedtls tinyusb; do rm -rf "$out/source/lib/$library"; done
  ln -s "$(realpath "$mbedtls")" "$out/source/lib/mbedtls"
  ln -s "$(realpath "$sdk/lib/tinyusb")" "$out/source/lib/tinyusb"
  echo "$source $mbedtls $sdk" >"$out/of"
}

[ -f "$sdk/pico_sdk_init.cmake" ] || fail 3 "there is no pico-sdk" \
  "${PICO_SDK_PATH:+PICO_SDK_PATH holds none, or }nobody has got it yet" "./firmware gets one"
mbedtls_source
mbedtls=$source
micropython_source
build_mpy_cross "$jobs"
copy_source
export MICROPY_MPYCROSS=$mpy_cross
run "$out/cmake.log" cmake -G Ninja -S "$out/source/ports/rp2" -B "$out/work" \
  -DMICROPY_BOARD=EMULATED -DMICROPY_BOARD_DIR="$PWD/emulator/micropython/board" \
  -DPICO_SDK_PATH_OVERRIDE="$sdk" -DMICROPY_LIB_DIR="$PWD/build/micropython/library" \
  -DPICO_NO_PICOTOOL=1 -DPython3_EXECUTABLE=/usr/bin/python3
run "$out/ninja.log" nice ninja -C "$out/work" "-j$jobs"
cp "$out/work/firmware.elf" "$out/work/firmware.bin" "$out/"
/usr/bin/python3 tools/uf2.py "$out/firmware.bin" "$out/firmware.uf2" --family rp2040
