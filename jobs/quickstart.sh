#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From a fresh checkout to a first result: installs packages, builds, runs data/quickstart.cfg on two ranks, prints the
# table of results, writes a report and names the next steps. When started again, it continues the campaign.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
jobs/build.sh
source jobs/environment.sh

mkdir -p results
mpirun -np 2 build/release/flatgrid run data/quickstart.cfg \
  -o "$PWD/results/quickstart.h5"
build/release/flatgrid report results/quickstart.h5 -o results/quickstart

cat <<END

What to do next, in $PWD:
  1. open the report:     results/quickstart/report.html
  2. your own grid:       build/release/flatgrid init my.cfg; see data/README.md
  3. on your cluster:     jobs/submit.sh one-node my.cfg results/my.h5; see jobs/README.md
END
