#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Memory that `flatgrid plan` says a rank takes at the most, against what `run` takes.

    tests/benchmark/plan_memory.py [FLATGRID]

Unlike configurations of one point each, on one rank. Prints a row each, and exits with 1 if a run
took more than its plan said.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CASES = [
    ("gradient-descent, small", {"samples": 100, "width": 200}, {}),
    ("gradient-descent, wide", {"samples": 500, "width": 4000}, {"problem.dimension": 100}),
    ("corrupted, many samples", {"algorithm": "corrupted", "samples": 1500, "width": 100}, {}),
    ("sam, high dimension", {"algorithm": "sam", "samples": 200, "width": 50},
     {"problem.dimension": 2000}),
    ("lazy, tangent kernel", {"algorithm": "lazy", "samples": 1500, "width": 300},
     {"flatness.tangent-kernel": "true", "flatness.frobenius-norm": "true"}),
    ("random-features", {"algorithm": "random-features", "samples": 1500, "width": 3000}, {}),
    ("memorizer", {"algorithm": "memorizer", "samples": 1500, "width": 1500}, {}),
    ("teacher, Monte Carlo", {"algorithm": "teacher", "samples": 100, "width": 50},
     {"problem.inputs": "mixture", "problem.dimension": 100, "problem.test-samples": 300000}),
    ("approximation, Monte Carlo", {"algorithm": "approximation", "samples": 10, "width": 300},
     {"problem.inputs": "rademacher", "problem.test-samples": 100000, "training.steps": 3}),
    ("approximation, exact", {"algorithm": "approximation", "samples": 10, "width": 1500},
     {"training.steps": 2}),
    ("top eigenvalue, trace probes", {"samples": 300, "width": 2000},
     {"problem.dimension": 50, "flatness.top-eigenvalue": "true", "flatness.trace-probes": 200}),
    ("flattest, d = 3", {"algorithm": "flattest", "samples": 150, "width": 150},
     {"problem.dimension": 3}),
    ("flattest, d = 10", {"algorithm": "flattest", "samples": 200, "width": 200},
     {"flattest.rounds": 6}),
    ("flattest, relu2", {"algorithm": "flattest", "samples": 500, "width": 800},
     {"network.activation": "relu2", "problem.link": "relu2"}),
]


def main():
    flatgrid = sys.argv[1] if len(sys.argv) > 1 else str(REPOSITORY / "build/release/flatgrid")
    exceeded = 0
    print(f"{'configuration':<30} {'plan':>9} {'run':>9}  MB")
    for name, grid, settings in CASES:
        with tempfile.TemporaryDirectory() as folder:
            lines = {"algorithm": "gradient-descent", "noise": 0, "seed": 0, **grid}
            file = Path(folder) / "grid.cfg"
            file.write_text("[grid]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items()))
            overrides = [word for k, v in {"training.steps": 300, **settings}.items()
                         for word in ("--set", f"{k}={v}")]
            plan = subprocess.run([flatgrid, "plan", file, "--ranks", "1", "--measure", "0.01",
                                   *overrides], capture_output=True, text=True, check=True).stdout
            number, unit = re.search(r"memory:.*about ([0-9.]+) (kB|MB|GB)", plan).groups()
            planned = float(number) * {"kB": 1e-3, "MB": 1, "GB": 1e3}[unit]
            process = subprocess.Popen([flatgrid, "run", file, "-o", Path(folder) / "r.h5",
                                        *overrides], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            taken = usage.ru_maxrss / 1000 * 1.024
            exceeded += taken > planned
            note = "" if os.waitstatus_to_exitcode(status) == 0 else "  (did not end with 0)"
            print(f"{name:<30} {planned:9.1f} {taken:9.1f}{'  more' if taken > planned else ''}{note}",
                  flush=True)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
