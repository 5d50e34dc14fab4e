#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the small experiments of data/experiments on two ranks and writes a report on each. When started again, it
# continues where it stopped.
#
#   jobs/experiments.sh [NAME...]     e.g. jobs/experiments.sh claim1 dinh; RANKS=8 for more ranks
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
jobs/build.sh
source jobs/environment.sh

names=("$@")
if [ "${#names[@]}" -eq 0 ]; then
  for file in data/experiments/*.cfg; do
    case "$file" in *-paper.cfg) ;; *) names+=("$(basename "$file" .cfg)") ;; esac
  done
fi
out="$PWD/results/experiments"
mkdir -p "$out"
for name in "${names[@]}"; do
  echo "== $name"
  mpirun -np "${RANKS:-2}" build/release/flatgrid run \
    "data/experiments/$name.cfg" -o "$out/$name.h5"
  build/release/flatgrid report "$out/$name.h5" -o "$out/$name"
done
