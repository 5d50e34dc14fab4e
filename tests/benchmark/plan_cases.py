#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the time and memory that `flatgrid plan` predicts with those of `run`, for various configurations.

    tests/benchmark/plan_cases.py [FLATGRID] [--seconds S]

All runs have one rank. The predicted memory of one point is an upper bound: the exit code is 1 if a run used more.
The time is compared for a grid with a half and a quarter of the samples and of the width, 3000 steps, and as many
seeds as take about S seconds (default 10); the prediction measures for S / 4 seconds.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CASES = [
    ("gradient-descent, small", {"samples": 100, "width": 200}, {}),
    ("gradient-descent, wide", {"samples": 300, "width": 2000}, {"problem.dimension": 50}),
    ("corrupted, many samples", {"algorithm": "corrupted", "samples": 500, "width": 200}, {}),
    ("sam, high dimension", {"algorithm": "sam", "samples": 200, "width": 50},
     {"problem.dimension": 2000}),
    ("lazy, tangent kernel", {"algorithm": "lazy", "samples": 800, "width": 300},
     {"flatness.tangent-kernel": "true", "flatness.frobenius-norm": "true"}),
    ("random-features", {"algorithm": "random-features", "samples": 1000, "width": 2000}, {}),
    ("memorizer", {"algorithm": "memorizer", "samples": 1000, "width": 1000}, {}),
    ("teacher, Monte Carlo", {"algorithm": "teacher", "samples": 100, "width": 50},
     {"problem.inputs": "mixture", "problem.dimension": 100, "problem.test-samples": 300000}),
    ("approximation, Monte Carlo", {"algorithm": "approximation", "samples": 10, "width": 300},
     {"problem.inputs": "rademacher", "problem.test-samples": 100000, "training.steps": 3}),
    ("approximation, exact", {"algorithm": "approximation", "samples": 10, "width": 600},
     {"training.steps": 2}),
    ("top eigenvalue, trace probes", {"samples": 200, "width": 1000},
     {"problem.dimension": 50, "flatness.top-eigenvalue": "true", "flatness.trace-probes": 200}),
    ("flattest, d = 3", {"algorithm": "flattest", "samples": 150, "width": 150},
     {"problem.dimension": 3}),
    ("flattest, d = 10", {"algorithm": "flattest", "samples": 200, "width": 200},
     {"flattest.rounds": 6}),
    ("flattest, relu2", {"algorithm": "flattest", "samples": 60, "width": 100},
     {"network.activation": "relu2", "problem.link": "relu2"}),
]


def write_grid(path, grid):
    path.write_text("[grid]\n" + "".join(f"{key} = {value}\n" for key, value in grid.items()))


def plan(flatgrid, configuration, overrides, seconds):
    """The predicted seconds and MB."""
    text = subprocess.run([flatgrid, "plan", configuration, "--ranks", "1", "--measure", str(seconds),
                           *overrides], capture_output=True, text=True, check=True).stdout
    number, unit = re.search(r"memory:.*about ([0-9.]+) (kB|MB|GB)", text).groups()
    return (float(re.search(r"time: .*\(([\d.]+) s\)", text)[1]),
            float(number) * {"kB": 1e-3, "MB": 1, "GB": 1e3}[unit])


def run(flatgrid, configuration, overrides):
    """Seconds between the first and the last line of progress, and MB."""
    results = configuration.with_suffix(".h5")
    process = subprocess.Popen([flatgrid, "run", configuration, "-o", results, *overrides],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    times = [time.monotonic() for line in process.stderr if "% of the work" in line]
    _, status, usage = os.wait4(process.pid, 0)
    results.unlink()
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{configuration.read_text()}: the run failed")
    return times[-1] - times[0], usage.ru_maxrss / 1000 * 1.024


def smaller(value):
    return f"{value // 4}, {value // 2}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flatgrid", nargs="?", default=str(REPOSITORY / "build/release/flatgrid"))
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    exceeded = 0
    print("| configuration | MB | at most, by plan | s | by plan | ratio |\n|---|---|---|---|---|---|")
    for name, grid, settings in CASES:
        overrides = [word for key, value in settings.items()
                     for word in ("--set", f"{key}={value}")]
        memory_overrides = overrides + ["--set", "training.steps=300"] * ("training.steps" not in settings)
        grid = {"algorithm": "gradient-descent", "noise": 0, "seed": 0, **grid}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "grid.cfg"
            write_grid(file, grid)
            _, planned_bytes = plan(arguments.flatgrid, file, memory_overrides, 0.01)
            _, taken = run(arguments.flatgrid, file, memory_overrides)
            exceeded += taken > planned_bytes
            overrides += ["--set", "training.steps=3000"] * ("training.steps" not in settings)
            grid |= {"samples": smaller(grid["samples"])}
            if grid["algorithm"] != "memorizer":  # memorizer needs a neuron per sample
                grid |= {"width": smaller(grid["width"])}
            write_grid(file, grid)
            seconds, _ = plan(arguments.flatgrid, file, overrides, 1)
            seeds = max(1, round(arguments.seconds / max(seconds, 0.05)))
            write_grid(file, {**grid, "seed": f"0..{seeds - 1}"})
            predicted, _ = plan(arguments.flatgrid, file, overrides, arguments.seconds / 4)
            true, _ = run(arguments.flatgrid, file, overrides)
        print(f"| {name} | {taken:.1f} | {planned_bytes:.1f}{' (exceeded)' if taken > planned_bytes else ''} "
              f"| {true:.1f} | {predicted:.1f} | {predicted / true:.2f} |", flush=True)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
