#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the prediction of `flatgrid plan --ranks N` with a run. Run it by hand, after
`source jobs/environment.sh`:

    tests/benchmark/plan_against_runs.py build/release/flatgrid [--cores C] [RANKS ...]

The grid takes about a minute of one core. The time of a run is the time from its first line of progress to
its last, without the start of MPI; its memory is the largest memory of a rank.
"""

import argparse
import os
import re
import resource
import subprocess
import tempfile
import time
from pathlib import Path

GRID = """
[grid]
algorithm = gradient-descent, lazy, sam, random-features
samples = 100, 200
noise = 0, 0.1
width = 60, 150
seed = 0..9
[problem]
dimension = 10
indices = 3
[training]
steps = 12000
"""


def predict(flatgrid, configuration, ranks, cores):
    text = subprocess.run([flatgrid, "plan", configuration, "--ranks", str(ranks), "--cores",
                           str(cores), "--measure", "8"],
                          capture_output=True, text=True, check=True).stdout
    seconds = float(re.search(r"time: .*\(([\d.]+) s\)", text)[1])
    memory = float(re.search(r"memory: +at most about ([\d.]+) MB", text)[1])
    size = float(re.search(r"results file: about ([\d.]+) MB", text)[1])
    balance = float(re.search(r"balance: +([\d.]+) %", text)[1])
    return seconds, memory, size, balance


def run(flatgrid, configuration, ranks, results):
    results.unlink(missing_ok=True)
    process = subprocess.Popen(
        ["mpirun", "--bind-to", "none", "-np", str(ranks), flatgrid, "run", configuration, "-o",
         results],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    times = [time.monotonic() for line in process.stderr if "% of the work" in line]
    if process.wait() != 0:
        raise SystemExit("the run failed")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    return times[-1] - times[0], memory, results.stat().st_size / 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flatgrid")
    parser.add_argument("ranks", nargs="*", type=int, default=[1, 2, 4])
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    flatgrid = os.path.abspath(arguments.flatgrid)
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "grid.cfg"
        configuration.write_text(GRID)
        print("| ranks | predicted | run | ratio | balance | memory a rank | predicted at most | file | predicted |")
        print("|---|---|---|---|---|---|---|---|---|")
        for ranks in arguments.ranks:
            cores = min(ranks, arguments.cores)
            seconds, memory, size, balance = predict(flatgrid, configuration, ranks, cores)
            true, true_memory, true_size = run(flatgrid, configuration, ranks, Path(folder) / "r.h5")
            print(f"| {ranks} | {seconds:.1f} s | {true:.1f} s | {seconds / true:.2f} | {balance:.1f} % "
                  f"| {true_memory:.0f} MB | {memory:.0f} MB | {true_size:.2f} MB | {size:.2f} MB |",
                  flush=True)


if __name__ == "__main__":
    main()
