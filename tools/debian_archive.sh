# shellcheck shell=bash
# Source code out of Debian's archive, for scripts that need more than this system's own suite has:
# from the archive that the system already uses, and without touching the system's own apt.
# Sourced by ./firmware and the builds of MicroPython; bash.

# The archive that this system gets its own packages from, as lines "URI origin".
own_archives() {
  local codename
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016 # the $(…) are apt's
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN)' 'Created-By: Packages' |
    sort -u | awk -v name="$codename" '$2 == name { print $1, $3 }'
}

# private_apt FOLDER ARGUMENT…: an apt-get that knows the one suite that private_suite gave it.
private_apt() {
  local folder=$1
  shift
  apt-get -qq -oDir::Etc::sourcelist="$folder/debian.sources" -oDir::Etc::sourceparts=/dev/null \
    -oDir::State::Lists="$folder/lists" -oDir::Cache="$folder/cache" \
    -oAPT::Sandbox::User=root -oAcquire::Languages=none "$@"
}

# private_suite FOLDER TYPE SUITE URI ORIGIN: FOLDER, emptied, becomes the place of an apt that knows
# SUITE of the archive at URI. TYPE: deb or deb-src. The lists are fetched.
private_suite() {
  local folder=$1 type=$2 suite=$3 uri=$4 origin=$5
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  rm -rf "$folder" && mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  {
    printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$type" "$uri" "$suite"
    if [ "$origin" = Debian ] && [ -f "$keyring" ]; then echo "Signed-By: $keyring"; fi
  } >"$folder/debian.sources"
  private_apt "$folder" update
}

# from_own_archives FOLDER TYPE SUITE COMMAND…: tries each archive of this system in turn, until
# COMMAND (an argument list for private_apt) works, run inside FOLDER.
from_own_archives() {
  local folder=$1 type=$2 suite=$3 uri origin
  shift 3
  while read -r uri origin; do
    [[ $uri = http*://* || $uri = file:* || $uri = copy:* ]] || continue
    private_suite "$folder" "$type" "$suite" "$uri" "${origin:-}" &&
      (cd "$folder" && private_apt "$folder" "$@") && return
  done < <(own_archives)
  return 1
}
