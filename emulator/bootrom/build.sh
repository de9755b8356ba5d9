#!/bin/bash
# Builds the boot ROM: build.sh OUTPUT.bin
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")"
mkdir -p "$(dirname "$out")"
command -v arm-none-eabi-gcc >/dev/null || {
  echo "bootrom: there is no arm-none-eabi-gcc: sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi" >&2
  exit 3
}
arm-none-eabi-gcc -mcpu=cortex-m0plus -mthumb -Os -std=c11 -Wall -Wextra -Werror -ffreestanding \
  -fno-builtin -ffunction-sections -nostartfiles -Wl,--gc-sections -Wl,--build-id=none -T rom.ld \
  start.S tables.S rom.c floats.c -lm -lgcc -o "${out%.bin}.elf"
arm-none-eabi-objcopy -O binary -j .rom "${out%.bin}.elf" "$out"
