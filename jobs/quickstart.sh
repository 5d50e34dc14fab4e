#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From a fresh checkout to a first result: installs packages, builds, runs data/quickstart.cfg on two
# ranks, prints the table of results and writes a report. Started again, it goes on where the campaign
# stopped.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
jobs/build.sh
source jobs/environment.sh

mkdir -p results
mpirun -np 2 build/release/flatgrid run data/quickstart.cfg \
  -o "$PWD/results/quickstart.h5"
build/release/flatgrid report results/quickstart.h5 -o results/quickstart
