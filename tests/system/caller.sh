#!/bin/bash
# The shell caller of the system tests: `picoctl` itself, and what a script makes of its exit code.
#
#   PICOCTL=.../picoctl caller.sh [OPTION…] hammer FIRST COUNT
#   PICOCTL=.../picoctl caller.sh [OPTION…] call|get|set …
options=()
while [[ $1 == --* ]]; do
  options+=("$1" "$2")
  shift 2
done
if [[ $1 != hammer ]]; then exec "$PICOCTL" --json "${options[@]}" "$@"; fi
for ((token = $2; token < $2 + $3; ++token)); do
  "$PICOCTL" "${options[@]}" call light 1 $((token % 2 == 0)) "$token" >&2
  case $? in
    0 | 1) echo "done $token" ;;
    4) echo "unknown $token" ;;
    5) echo "still_running $token" ;;
    *) echo "not_run $token" ;;
  esac
done
