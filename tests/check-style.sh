#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks the format of the sources (.clang-format) and their licence lines; with --tidy runs clang-tidy
# (minutes).
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
      echo "no line SPDX-License-Identifier in:" $without >&2
      exit 1
    fi
    ;;
  --fix) sources | xargs -0 clang-format -i ;;
  --tidy)
    cmake --preset release >/dev/null
    # Names of warnings that clang does not know, and quadmath.h of GCC.
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
