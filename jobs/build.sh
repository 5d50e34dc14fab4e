#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what is missing and builds the program, build/release/flatgrid. Its output is shown only if
# something fails.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
jobs/install-packages.sh
source jobs/environment.sh

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
echo "building (a few minutes the first time) ..."
{ cmake --preset release && cmake --build --preset release --target flatgrid; } >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}
