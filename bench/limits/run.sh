#!/bin/bash
# Builds the programs here and prints what they count in the emulator. Wants ./firmware and
# emulator/build.sh to have run: the SDK and the emulator are theirs.
set -euo pipefail
cd "$(dirname "$0")"
readonly tree=../../build/limits
PICO_SDK_PATH=${PICO_SDK_PATH:-$(realpath ../../build/pico-sdk/usr/src/pico-sdk)}
cmake -S . -B $tree -G Ninja -DPICO_SDK_PATH="$PICO_SDK_PATH" -DPICO_BOARD=pico -DPICO_NO_PICOTOOL=1 \
  -DCMAKE_BUILD_TYPE=MinSizeRel -DPython3_EXECUTABLE=/usr/bin/python3 >$tree.log 2>&1 &&
  cmake --build $tree >>$tree.log 2>&1 || {
  tail -n 20 $tree.log >&2
  exit 1
}
node batch_entry.mjs $tree/batch_entry.elf
