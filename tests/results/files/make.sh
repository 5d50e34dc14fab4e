#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the small results file of the present format that later versions must still read:
#
#   tests/results/files/make.sh [FLATGRID]      default: build/release/flatgrid
#
# It is made once, when a version is released, and then left alone: a format that changes gets a new
# file, and the old one is read or refused with a clear line for ever (tests/end-to-end/test_output.py).
# format-1.h5 is of flatgrid 0.1: the same configuration with method for algorithm, without history, networks
# and data.
set -euo pipefail
cd "$(dirname "$0")"
flatgrid="$(realpath "${1:-../../../build/release/flatgrid}")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

cat >"$folder/small.cfg" <<'CONFIGURATION'
[grid]
algorithm = teacher, random-features
samples = 6
noise = 0
width = 8
seed = 0
[problem]
dimension = 2
indices = 1
[flatness]
top-eigenvalue = true
[output]
history = 2
CONFIGURATION

"$flatgrid" run "$folder/small.cfg" -o "$folder/small.h5" >/dev/null
format="$(ncdump -h "$folder/small.h5" | sed -n 's/.*:flatgrid_format = \([0-9]*\).*/\1/p')"
mv "$folder/small.h5" "format-$format.h5"
echo "format-$format.h5: $(stat -c %s "format-$format.h5") bytes"
