#!/bin/bash
# Builds the emulator: its libraries from npm, the boot ROM, and the program itself.
set -euo pipefail
cd "$(dirname "$0")"

# what, how to get it
need() {
  command -v "$1" >/dev/null && return
  printf 'emulator: there is no %s\n  what to do: %s\n' "$1" "$2" >&2
  exit 3
}
need node 'sudo apt-get install nodejs'
need npm 'sudo apt-get install npm'
need arm-none-eabi-gcc 'sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi'

if ! cmp -s package-lock.json node_modules/.picoctl-lock; then
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.picoctl-lock
fi
rm -rf dist
npm run --silent build
bootrom/build.sh dist/bootrom.bin
node dist/src/errors.js ../link/include/picoctl/link/error.def dist/errors.json
