#!/bin/bash
# Builds MicroPython for the Pico, unpatched, for the emulator: build/micropython-rp2/firmware.elf and .uf2.
# Called by ./check; needs a network only the first time. -j N: how much at once.
#   MICROPY_SOURCE, MBEDTLS_SOURCE  see tools/micropython_source.sh
#   PICO_SDK_PATH                   default: what ./firmware got, in build/pico-sdk
# Exit status: 0 built, 1 failed, 2 wrong usage, 3 something is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/debian_archive.sh
. tools/debian_archive.sh
# shellcheck source=tools/compiler_cache.sh
. tools/compiler_cache.sh
# shellcheck source=tools/micropython_source.sh
. tools/micropython_source.sh

readonly out=$PWD/build/micropython-rp2
sdk=${PICO_SDK_PATH:-$PWD/build/pico-sdk/usr/src/pico-sdk}
jobs=$(nproc)
if [ $# -gt 0 ]; then
  [[ $# = 2 && $1 = -j ]] || { echo "usage: emulator/micropython/build.sh [-j N]" >&2; exit 2; }
  jobs=$2
fi

# fail STATUS WHAT CAUSE CURE
fail() {
  printf 'micropython: %s\n  cause: %s\n  cure:  %s\n' "$2" "$3" "$4" >&2
  exit "$1"
}

# run LOG COMMAND…: quiet, unless it fails.
run() {
  local log=$out/$1.log
  shift
  "$@" >"$log" 2>&1 && return
  tail -n 30 "$log" >&2
  fail 1 "MicroPython did not build" "see above, and all of it in $log" "rm -rf $out, and try again"
}

[ -f "$sdk/pico_sdk_init.cmake" ] || fail 3 "there is no pico-sdk" \
  "${PICO_SDK_PATH:+PICO_SDK_PATH holds none, or }nobody has got it yet" "./firmware gets one"
micropython_for_pico "$sdk"
empty_micropython_lib
# CMake cannot go on with a build that another source or SDK began.
if [ "$(cat "$out/of" 2>/dev/null)" != "$micropython_source $sdk" ]; then
  rm -rf "$out" && mkdir -p "$out"
  echo "$micropython_source $sdk" >"$out/of"
fi
use_compiler_cache
run mpy-cross build_mpy_cross "$jobs"
export MICROPY_MPYCROSS=$mpy_cross
run cmake cmake -G Ninja -S "$micropython_source/ports/rp2" -B "$out/work/emulated" \
  -DMICROPY_BOARD=EMULATED -DMICROPY_BOARD_DIR="$PWD/emulator/micropython/board" \
  -DPICO_SDK_PATH_OVERRIDE="$sdk" -DMICROPY_LIB_DIR="$micropython_libraries" \
  -DPICO_NO_PICOTOOL=1 -DPython3_EXECUTABLE=/usr/bin/python3
run ninja nice ninja -C "$out/work/emulated" "-j$jobs"
cp "$out/work/emulated/firmware.elf" "$out/work/emulated/firmware.bin" "$out/"
/usr/bin/python3 tools/uf2.py "$out/firmware.bin" "$out/firmware.uf2" --family rp2040
