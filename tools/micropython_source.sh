# shellcheck shell=bash
# The sources that MicroPython is built from, out of Debian's source packages, each got once into build/.
# Sourced by micropython/unix/build and emulator/micropython/build.sh, from the repository's folder; bash.

# shellcheck source=tools/debian_archive.sh
. tools/debian_archive.sh

# fail STATUS WHAT CAUSE CURE
fail() {
  printf 'micropython: %s\n  cause: %s\n  cure:  %s\n' "$2" "$3" "$4" >&2
  exit "$1"
}

# source_tree VARIABLE PACKAGE SUITE FOLDER FILE WHAT: sets `source` to the tree named by VARIABLE if that is
# set, else to FOLDER, which is filled from PACKAGE's upstream tarball if it is not there yet. FILE shows that
# it is WHAT.
source_tree() {
  local variable=$1 package=$2 suite=$3 folder=$4 file=$5 what=$6
  source=${!variable:-$folder}
  [ -f "$source/$file" ] && return
  [ -z "${!variable:-}" ] || fail 3 "$variable ($source) holds no $what" \
    "there is no $file in it" "set it to a source tree, or unset it"
  echo "Getting $what from Debian's source package $package, into ${folder#"$PWD"/} …"
  download_source "$package" "$suite" "$folder" || fail 3 "the source of $package could not be got" \
    "apt found no archive with the source package $package (its messages are above)" \
    "try again with a network; or set $variable to a source tree"
  [ -f "$source/$file" ] || fail 3 "the source package $package is not $what" \
    "there is no $file in it" "set $variable to a source tree"
}

# apt checks the tarball against the archive's signed list.
download_source() {
  local package=$1 suite=$2 folder=$3 apt_dir=$3.apt tarball
  command -v apt-get >/dev/null || return 1
  from_own_archives "$apt_dir" deb-src "$suite" source --download-only "$package" || return 1
  tarball=$(find "$apt_dir" -maxdepth 1 -name "${package}_*.orig.tar.*" ! -name '*.asc')
  rm -rf "$folder.new" && mkdir -p "$folder.new" &&
    tar -xf "$tarball" -C "$folder.new" --strip-components=1 &&
    rm -rf "$folder" "$apt_dir" && mv "$folder.new" "$folder"
}

# The first suite whose MicroPython has machine.I2CTarget.
micropython_source() {
  source_tree MICROPY_SOURCE micropython sid "$PWD/build/micropython/source" \
    extmod/machine_i2c_target.c "MicroPython 1.26 or newer"
}

# MicroPython's own copy is not in its package. 3.6: what MicroPython 1.26 is written for.
mbedtls_source() {
  source_tree MBEDTLS_SOURCE mbedtls trixie "$PWD/build/mbedtls" library/sha256.c "mbedtls 3.6"
}

# run LOG COMMAND…: quiet, unless it fails.
run() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 && return
  tail -n 30 "$log" >&2
  fail 1 "MicroPython did not build" "see above, and all of it in $log" \
    "rm -rf ${log%/*}, and try again"
}

# build_mpy_cross JOBS: the compiler of MicroPython's own code, build/micropython/mpy-cross; sets `mpy_cross`.
# Debian takes some folders out of the tarball; an empty library is one, as far as these builds go.
build_mpy_cross() {
  local home=$PWD/build/micropython
  mkdir -p "$home/library"
  [ -f "$home/library/README.md" ] || echo "nothing" >"$home/library/README.md"
  run "$home/mpy-cross.log" make -s "-j$1" PYTHON=/usr/bin/python3 -C "$source/mpy-cross" \
    BUILD="$home/work-mpy-cross" PROG=mpy-cross
  mpy_cross=$home/work-mpy-cross/mpy-cross
  cp "$mpy_cross" "$home/"
}
