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
  data=$(printf '%08x' "$token")
  reply=$("$PICOCTL" "${options[@]}" call system.echo "0x$data")
  case $? in
    0) [[ $reply == *"$data"* ]] && echo "done $token" || echo "wrong $token" ;;
    4) echo "unknown $token" ;;
    5) echo "still_running $token" ;;
    *) echo "not_run $token" ;;
  esac
done
