# shellcheck shell=bash
# MicroPython's source, for whoever builds a port of it: micropython/unix/build, ./firmware and
# emulator/micropython/build.sh. Sourced, after tools/debian_archive.sh and from the top folder, by a
# script that has its own fail STATUS WHAT CAUSE CURE.
#   MICROPY_SOURCE  a source tree of your own, 1.26 or newer; else Debian's source package
#   MBEDTLS_SOURCE  mbedtls 3.6 of your own, for ports with TLS; else Debian's source package

readonly micropython_out=$PWD/build/micropython
readonly micropython_suite=sid  # the first whose MicroPython has I2CTarget
readonly mbedtls_suite=trixie   # the last with mbedtls 3.6, which MicroPython wants

micropython_has_target() { [ -f "$1/extmod/machine_i2c_target.c" ]; }
mbedtls_is_whole() { [ -f "$1/library/sha256.c" ]; }

# unpack_from_debian SUITE PACKAGE FOLDER: the upstream tarball of a source package, which apt checks
# against the archive's signed list.
unpack_from_debian() {
  local suite=$1 package=$2 folder=$3
  local apt_dir=$folder.apt new=$folder.new
  command -v apt-get >/dev/null || return 1
  from_own_archives "$apt_dir" deb-src "$suite" source --download-only "$package" || return 1
  rm -rf "$new" && mkdir -p "$new"
  tar -xf "$apt_dir"/"$package"_*.orig.tar.[gbx]z* -C "$new" --strip-components=1 || return 1
  rm -rf "$folder" "$apt_dir"
  mv "$new" "$folder"
}

# Sets micropython_source.
get_micropython() {
  micropython_source=${MICROPY_SOURCE:-$micropython_out/source}
  if [ -n "${MICROPY_SOURCE:-}" ]; then
    micropython_has_target "$micropython_source" || fail 3 \
      "MICROPY_SOURCE ($micropython_source) holds no MicroPython 1.26 or newer" \
      "there is no extmod/machine_i2c_target.c in it" "set it to a source tree, or unset it"
    return
  fi
  micropython_has_target "$micropython_source" && return
  echo "Getting MicroPython from Debian's source package (6 MB), into build/micropython/source …"
  mkdir -p "$micropython_out"
  unpack_from_debian "$micropython_suite" micropython "$micropython_source" || fail 3 \
    "the source of MicroPython could not be got" \
    "apt found no archive with the source package micropython (its messages are above)" \
    "try again with a network; or set MICROPY_SOURCE to a source tree of 1.26 or newer"
  micropython_has_target "$micropython_source" || fail 3 \
    "the source package holds no machine.I2CTarget" "it is older than 1.26" \
    "set MICROPY_SOURCE to a source tree of 1.26 or newer"
}

# Sets mbedtls_source.
get_mbedtls() {
  mbedtls_source=${MBEDTLS_SOURCE:-$micropython_out/mbedtls}
  mbedtls_is_whole "$mbedtls_source" && return
  [ -z "${MBEDTLS_SOURCE:-}" ] || fail 3 "MBEDTLS_SOURCE ($mbedtls_source) holds no mbedtls 3.6" \
    "there is no library/sha256.c in it" "set it to a source tree, or unset it"
  echo "Getting mbedtls from Debian's source package (4 MB), into build/micropython/mbedtls …"
  mkdir -p "$micropython_out"
  unpack_from_debian "$mbedtls_suite" mbedtls "$mbedtls_source" || fail 3 \
    "the source of mbedtls could not be got" \
    "apt found no archive with the source package mbedtls (its messages are above)" \
    "try again with a network; or set MBEDTLS_SOURCE to a source tree of 3.6"
}

# micropython_library NAME FILE FOLDER: lib/NAME of the source becomes a link to FOLDER, unless it holds
# FILE. Debian's tarball has an empty folder there; a tree of one's own may hold its own library.
micropython_library() {
  local place=$micropython_source/lib/$1
  [ -e "$place/$2" ] && return
  if [ ! -L "$place" ] && ! rmdir "$place" 2>/dev/null && [ -e "$place" ]; then
    fail 3 "lib/$1 of MicroPython's source is incomplete" "there is no $2 in $place" \
      "git submodule update --init lib/$1"
  fi
  ln -sfn "$(realpath "$3")" "$place"
}

# micropython_for_pico SDK: all that the rp2 port needs. Sets micropython_source.
micropython_for_pico() {
  get_micropython
  mbedtls_is_whole "$micropython_source/lib/mbedtls" || {
    get_mbedtls
    micropython_library mbedtls library/sha256.c "$mbedtls_source"
  }
  micropython_library tinyusb src/tusb.h "$1/lib/tinyusb"
}

# Debian leaves micropython-lib out; an empty library is one, as far as these builds go.
# Sets micropython_libraries.
empty_micropython_lib() {
  micropython_libraries=$micropython_out/library
  mkdir -p "$micropython_libraries"
  [ -f "$micropython_libraries/README.md" ] || echo "nothing" >"$micropython_libraries/README.md"
}

# mpy_cross JOBS: builds build/micropython/mpy-cross, once for all ports. Sets mpy_cross.
build_mpy_cross() {
  mpy_cross=$micropython_out/work-mpy-cross/mpy-cross
  make -s "-j$1" PYTHON=/usr/bin/python3 -C "$micropython_source/mpy-cross" \
    BUILD="$micropython_out/work-mpy-cross" PROG=mpy-cross
}
