#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks the sources against .clang-format, and that each says its licence; with --tidy against
# .clang-tidy (minutes).
#
#   tests/check-style.sh [--tidy | --fix]     --fix: format the sources instead
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

sources() { find include src tests -name '*.[ch]pp' -print0; }

case "${1:-}" in
  '')
    sources | xargs -0 clang-format --dry-run --Werror
    without="$(git ls-files -- '*.[ch]pp' '*.py' '*.sh' '*.sbatch' '*.cmake' '*CMakeLists.txt' |
      xargs -d '\n' grep --files-without-match 'SPDX-License-Identifier: MIT' || true)"
    if [ -n "$without" ]; then
      echo "without a line SPDX-License-Identifier:" $without >&2
      exit 1
    fi
    ;;
  --fix) sources | xargs -0 clang-format -i ;;
  --tidy)
    cmake --preset release >/dev/null
    # What GCC knows and clang does not: warnings by that name, and quadmath.h.
    of_gcc=(--extra-arg=-Wno-unknown-warning-option
      --extra-arg="-idirafter$(g++ -print-file-name=include)")
    find src -name '*.cpp' -print0 |
      xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build/release --quiet --warnings-as-errors='*' \
        "${of_gcc[@]}"
    ;;
  *)
    echo "usage: tests/check-style.sh [--tidy | --fix]" >&2
    exit 2
    ;;
esac
