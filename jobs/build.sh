#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs missing packages and builds the program, build/release/flatgrid. Shows the progress of the build: on a
# terminal in one line that is redrawn, otherwise one line for every tenth. If a step fails, prints the compiler's
# messages at the end.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
jobs/install-packages.sh
source jobs/environment.sh

log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# duration SECONDS
duration() {
  if [ "$1" -lt 100 ]; then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi
}

# progress STEPS_DONE STEPS: the progress line. The time left is extrapolated from the time so far.
progress() {
  local line
  line="building: $((100 * $1 / $2)) % ($1 of $2 steps), $(duration "$SECONDS")"
  if [ $((10 * $1)) -ge "$2" ] && [ "$1" -lt "$2" ]; then
    line+=", about $(duration "$((SECONDS * ($2 - $1) / $1))") left"
  fi
  echo "$line"
}

# Reads the output of ninja ("[3/120] step") or make ("[ 2%] step") and shows the progress at least once per second.
# Writes the messages of failed steps into $log.
show_progress() {
  local ninja='^\[([0-9]+)/([0-9]+)\] ' make='^\[ *([0-9]+)%\] '
  local make_end='^g?make(\[[0-9]+\])?: \*\*\*( \[.*|.*\.\.\.\.)$'
  local piece status line='' keep=false command=false finished=0 steps=0 tenth=-1
  : >"$log"
  while true; do
    status=0
    IFS= read -r -t 1 piece || status=$?
    line+="$piece"
    if [ "$status" -eq 0 ]; then
      if [[ "$line" =~ $ninja ]]; then
        finished="${BASH_REMATCH[1]}" steps="${BASH_REMATCH[2]}" keep=false
      elif [[ "$line" =~ $make ]]; then
        finished="${BASH_REMATCH[1]}" steps=100 keep=true  # make does not say which step a message is of
      elif [[ "$line" == FAILED:* ]]; then             # ninja: a line with the command follows
        keep=true command=true
      elif [ "$command" = true ]; then
        command=false
      elif [[ ! "$line" =~ $make_end ]] && { [ "$keep" = true ] || [[ "$line" == *"error:"* ]]; }; then
        echo "$line" >>"$log"
      fi
      line=''
    elif [ "$status" -le 128 ]; then  # the end of the input, not the timeout of read
      break
    fi
    if [ "$steps" -eq 0 ] || [ "$SECONDS" -lt 2 ]; then
      continue
    elif [ -t 1 ]; then
      printf '\r\e[?7l%s\e[K\e[?7h' "$(progress "$finished" "$steps")"  # cut off at the edge, not continued
    elif [ "$((10 * finished / steps))" -gt "$tenth" ]; then
      tenth="$((10 * finished / steps))"
      progress "$finished" "$steps"
    fi
  done
  if [ -t 1 ] && [ "$steps" -gt 0 ] && [ "$SECONDS" -ge 2 ]; then echo; fi
}

cmake --preset release >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
SECONDS=0
NINJA_STATUS='[%f/%t] ' cmake --build --preset release --target flatgrid 2>&1 | show_progress || {
  echo "the build failed:" >&2
  cat "$log" >&2
  exit 1
}
