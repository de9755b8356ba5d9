# shellcheck shell=bash
# Each image is a build of its own, and most of what it compiles (the pico-sdk, picoctl's libraries, mbedtls)
# the others compile as well. With ccache such a file is compiled once. Sourced from the top folder.
#   CCACHE_DIR                  default: build/ccache
#   CMAKE_C_COMPILER_LAUNCHER   if it is set, by whom so ever, everything stays as it is

use_compiler_cache() {
  [ -z "${CMAKE_C_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null || return 0
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CMAKE_ASM_COMPILER_LAUNCHER=ccache
  export CCACHE_DIR=${CCACHE_DIR:-$PWD/build/ccache}
  # Folders of builds lie equally deep, so that relative names of the same file are the same.
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
}
