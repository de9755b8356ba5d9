# shellcheck shell=bash
# What ./demo, ./check and ./firmware need from Debian, in one place, and how they get it.
# Sourced by them; bash. After `setup_begin NAME "$@"` the current directory is the repository's root,
# and these are set:
#
#   assume_yes, no_install   from --yes and --no-install
#   arguments                what else was given
#
# `setup_packages SET…` then makes sure that the packages of these sets are there.

# One package a line; "a|b": the first that this Debian has. A set may name others with "@set".
packages_of() {
  case $1 in
    demo)  # to build picoctl and the virtual Pico
      echo g++ cmake ninja-build libcli11-dev libfmt-dev nlohmann-json3-dev ;;
    firmware)  # to build the images
      echo g++ cmake ninja-build python3 gcc-arm-none-eabi libnewlib-arm-none-eabi \
        libstdc++-arm-none-eabi-newlib ;;
    python)  # to build the Python package: pip install .
      echo @demo python3-dev python3-venv pybind11-dev ;;
    check)  # everything that is checked
      echo @demo @firmware @python binutils git python3-pytest python3-pytest-xdist \
        'clang-14|clang' 'llvm-14|llvm' 'libclang-rt-14-dev|libclang-rt-dev' 'clang-tidy-14|clang-tidy' 'clang-format-14|clang-format' \
        libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev pkg-config \
        spin i2c-tools python3-smbus python3-smbus2 sigrok-cli \
        ccache umockdev libumockdev-dev strace valgrind make xz-utils python3-serial python3-platformdirs @emulator ;;
    emulator)  # to build it and to compare it; node may have come from elsewhere, npm with it
      echo qemu-system-arm
      command -v npm >/dev/null || echo nodejs npm ;;
  esac
}

# --- talking ---

say() { printf '%s\n' "$*"; }

# What happened, and what to do.
die() {
  printf '%s: %s\n' "$program" "$1" >&2
  shift
  local line
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

on_terminal() { [[ -t 1 && ${TERM:-dumb} != dumb ]]; }

# step LABEL LOG COMMAND…: runs it with its output in LOG, showing that and how long it runs.
step() {
  local label=$1 log=$2 start=$SECONDS progress
  shift 2
  on_terminal || say "$label ..."
  set -m  # a process group of its own, so that Ctrl-C can end all of it
  "$@" >"$log" 2>&1 </dev/null &
  local pid=$! status=0
  set +m
  # shellcheck disable=SC2064
  trap "kill -TERM -- -$pid 2>/dev/null; wait $pid 2>/dev/null; echo; exit 130" INT TERM
  while on_terminal && kill -0 "$pid" 2>/dev/null; do
    progress=$(tail -c 300 "$log" 2>/dev/null | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1)
    printf '\r%s ... %s %d s ' "$label" "$progress" $((SECONDS - start))
    sleep 0.2
  done
  wait "$pid" || status=$?
  trap - INT TERM
  if on_terminal; then
    printf '\r\033[K%s: %d s\n' "$label" $((SECONDS - start))
  elif ((status == 0)); then
    say "$label: $((SECONDS - start)) s"
  fi
  return $status
}

# --- beginning ---

setup_begin() {
  program=$1
  shift
  assume_yes=0
  no_install=0
  arguments=()
  os_release=${PICOCTL_OS_RELEASE:-/etc/os-release}  # for tests
  local argument
  for argument in "$@"; do
    case $argument in
      --yes) assume_yes=1 ;;
      --no-install) no_install=1 ;;
      *) arguments+=("$argument") ;;
    esac
  done
  cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." || exit 1
  root=$PWD
  mkdir -p build/logs 2>/dev/null || die "cannot write to $root/build" \
    "picoctl is built inside its own folder: give yourself the right to write there," \
    "or make a copy of it where you have it (see also: df -h .)"
}

debian_version() {  # 12, 13, …; empty if this is no Debian
  local ID='' ID_LIKE='' VERSION_ID='' VERSION_CODENAME=''
  # shellcheck disable=SC1090
  [[ -r $os_release ]] && . "$os_release"
  case " $ID $ID_LIKE " in
    *' debian '* | *' raspbian '*) ;;
    *) return ;;
  esac
  if [[ $ID != debian && $ID != raspbian ]]; then
    echo other
  else
    echo "${VERSION_ID:-${VERSION_CODENAME:-other}}"
  fi
}

# --- packages ---

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

expand_sets() {
  local set item
  for set in "$@"; do
    for item in $(packages_of "$set"); do
      if [[ $item == @* ]]; then expand_sets "${item#@}"; else echo "$item"; fi
    done
  done
}

# Of "a|b": nothing if one of them is installed, else the first that apt knows, else the last.
wanted_of() {
  local names name
  IFS='|' read -ra names <<<"$1"
  for name in "${names[@]}"; do is_installed "$name" && return; done
  for name in "${names[@]}"; do
    ((${#names[@]} == 1)) || apt-cache show --no-all-versions "$name" >/dev/null 2>&1 || continue
    echo "$name"
    return
  done
  echo "${names[-1]}"
}

missing_packages() {
  local item
  for item in $(expand_sets "$@" | sort -u); do wanted_of "$item"; done
}

setup_packages() {
  local version missing
  version=$(debian_version)
  if [[ -z $version ]] || ! command -v dpkg-query >/dev/null; then
    if ((no_install)); then
      say "This is not Debian: taking it that these are installed: $(expand_sets "$@" | sort -u | xargs)"
      return
    fi
    die 'this is not Debian, and only Debian'\''s packages are known here' \
      'Install what these Debian packages hold, then add --no-install:' \
      "$(expand_sets "$@" | sort -u | xargs)"
  fi
  if [[ $version =~ ^[0-9]+$ ]] && ((version < 12)); then
    die "Debian $version is too old: its compiler does not know C++20 well enough" \
      'Debian 12 (bookworm) or 13 (trixie) is needed; for a Pi: Raspberry Pi OS of 2023 or later'
  fi
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return; fi

  say "These Debian packages are needed and not installed:"
  printf '  %s\n' "${missing[@]}" | paste -sd ' ' | tr -s ' ' | fold -s -w 90 | sed 's/^ */  /'
  if ((no_install)); then
    die 'packages are missing, and --no-install was given' \
      "Install them:  sudo apt-get install ${missing[*]}"
  fi
  if ! ((assume_yes)) && [[ -t 0 && -t 1 ]]; then
    local answer
    read -r -p 'Install them now? [Y/n] ' answer || answer=n
    [[ $answer =~ ^([yY].*)?$ ]] || die 'nothing was installed' "To do it later:  ./$program --yes"
  fi
  install_packages "${missing[@]}"
}

install_packages() {
  local sudo=() log=build/logs/apt.log
  if (($(id -u) != 0)); then
    command -v sudo >/dev/null || die 'installing needs root, and there is no sudo' \
      "As root:  apt-get install $*"
    sudo -n true 2>/dev/null || [[ -t 0 ]] || die 'installing needs root, and sudo asks for a password' \
      "First:  sudo apt-get install $*"
    sudo -v || die 'installing needs root, and sudo refused' "As root:  apt-get install $*"
    sudo=(sudo)
  fi
  require_space /usr 900 'to install the packages'
  step 'reading the package lists' "$log" apt_get update || die_of_apt "$log" "$@"
  step "installing $# packages" "$log" apt_get install "$@" || die_of_apt "$log" "$@"
}

# With an ordinary umask: what packages create is for everybody.
apt_get() (
  umask 022
  local options=(-y -q -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0)
  if [[ $1 == install ]]; then options+=(--no-install-recommends); fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get "${options[@]}" "$@"
)

die_of_apt() {
  local log=$1
  shift
  tail -n 12 -- "$log" >&2
  if grep -q 'No space left' -- "$log"; then
    die 'the disk is full' 'Free some space (df -h), then run this again'
  elif grep -qE 'Could not resolve|Could not connect|Failed to fetch|Connection|Temporary failure' -- "$log"; then
    die 'the packages could not be fetched' 'Is this machine online? Does "apt-get update" work?' \
      "The whole output: $root/$log"
  elif grep -q 'Unable to locate package' -- "$log"; then
    die 'Debian'\''s own package source is missing from /etc/apt' \
      'Add "main" of this Debian release, then run this again'
  elif grep -qE 'Could not get lock|Unable to acquire' -- "$log"; then
    die 'another program installs packages' 'Wait until it is done, then run this again'
  fi
  die "installing failed: see above, and $root/$log" "By hand:  sudo apt-get install $*"
}

# require_space FOLDER MEGABYTES WHY
require_space() {
  local free
  free=$(df -Pm -- "$1" 2>/dev/null | awk 'NR == 2 { print $4 }')
  if [[ $free =~ ^[0-9]+$ ]] && ((free < $2)); then
    die "the disk is nearly full: $free MB free at $1, $2 MB are needed $3" \
      'Free some space (df -h), then run this again'
  fi
}

# --- building ---

require_compiler() {
  local compiler=${CXX:-g++} version
  command -v "$compiler" >/dev/null || die "there is no compiler '$compiler'" \
    'Install g++, or unset CXX'
  version=$("$compiler" -dumpversion 2>/dev/null)
  case $("$compiler" --version 2>/dev/null) in
    *clang*) ((${version%%.*} >= 14)) || die "$compiler $version is too old" 'clang 14 or later' ;;
    *) ((${version%%.*} >= 12)) || die "$compiler $version is too old" \
      'g++ 12 or later is needed: Debian 12 and later have it' ;;
  esac
}

# configure FOLDER OPTION…: once; again if the folder was made elsewhere or by another generator.
configure() {
  local folder=$1 made_for
  shift
  made_for=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$folder/CMakeCache.txt" 2>/dev/null)
  if [[ -f $folder/build.ninja && $made_for == "$root" ]]; then return; fi
  step 'configuring' build/logs/configure.log cmake --fresh -S . -B "$folder" -G Ninja "$@" ||
    die_of_build build/logs/configure.log
}

# build FOLDER TARGET…
build() {
  local folder=$1
  shift
  if ninja -C "$folder" -n "$@" 2>/dev/null | grep -q 'no work to do'; then return; fi
  step 'building' build/logs/build.log ninja -C "$folder" "$@" || die_of_build build/logs/build.log
}

die_of_build() {
  grep -v '^\[' -- "$1" | tail -n 30 >&2
  if grep -q 'No space left' -- "$1"; then
    die 'the disk is full' 'Free some space (df -h), then run this again'
  elif grep -qiE 'Killed|cannot allocate memory|out of memory' -- "$1"; then
    die 'there was not enough memory to compile' 'Close other programs, or build with: ninja -C build -j1'
  fi
  die "building failed: see above, and $root/$1"
}
