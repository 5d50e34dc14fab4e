#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs missing packages, builds, and runs all tests: unit, mpi, end-to-end, slow.
#
#   tests/run.sh [CTEST ARGUMENTS]     e.g. tests/run.sh -L unit, tests/run.sh -R polish
#
# With CI=true it also checks the format of the sources, treats warnings as errors, and runs the unit tests and the
# tests on three ranks with the address and undefined-behaviour sanitizers.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

jobs/install-packages.sh --tests
source jobs/environment.sh

ci="${CI:-false}"
options=()
if [ "$ci" = true ]; then
  options=(-D FLATGRID_WARNINGS_AS_ERRORS=ON)
fi

if command -v ccache >/dev/null; then
  # Relative paths, so that every checkout of one machine shares the cache.
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros  # precompiled headers are not cached otherwise
fi

# build_and_test PRESET [CTEST ARGUMENTS]
build_and_test() {
  local preset="$1"
  shift
  cmake --preset "$preset" "${options[@]}" >"$log" || { cat "$log" && return 1; }
  cmake --build --preset "$preset"
  # Two more than the number of cores, because some tests mostly wait. (nproc would return OMP_NUM_THREADS, which
  # jobs/environment.sh sets.)
  ctest --preset "$preset" --parallel "$(($(env -u OMP_NUM_THREADS nproc) + 2))" "$@"
}

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if [ "$ci" = true ]; then tests/check-style.sh; fi
build_and_test release "$@"
if [ "$ci" = true ]; then build_and_test sanitize "$@"; fi
