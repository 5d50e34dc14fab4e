#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the error of the time left that a run shows, for various grids. After `source jobs/environment.sh`:

    tests/benchmark/time_left.py [FLATGRID] [--ranks N]

Reads `flatgrid status --json` every second, from a fifth of the work on, and compares its time left with the time
that the run then took. Prints the median and the largest error, relative to the time of the whole run.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
GRIDS = {
    "quickstart": "data/quickstart.cfg",
    "near-flattest": "data/experiments/near-flattest.cfg",
    "dynamics": "data/experiments/dynamics.cfg",
    "every algorithm": "data/algorithms.cfg",
    "one width, many seeds": "data/experiments/dinh.cfg --set grid.seed=0..199",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flatgrid", nargs="?", default=str(REPOSITORY / "build/release/flatgrid"))
    parser.add_argument("--ranks", type=int, default=2)
    arguments = parser.parse_args()
    print("| grid | points | s | median error | largest |\n|---|---|---|---|---|")
    for name, grid in GRIDS.items():
        configuration, *overrides = grid.split()
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder) / "results.h5"
            process = subprocess.Popen(
                ["mpirun", "-np", str(arguments.ranks), arguments.flatgrid, "run",
                 REPOSITORY / configuration, "-o", results, *overrides],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            looks = []  # (now, seconds left, seconds gone); the last two are of the latest report, which is older
            while process.poll() is None:
                time.sleep(1)
                status = subprocess.run([arguments.flatgrid, "status", results, "--json"],
                                        capture_output=True, text=True)
                running = json.loads(status.stdout)["running"] if status.returncode == 0 else None
                if running and running["work_fraction"] >= 0.2 and running["seconds_left"] is not None:
                    looks.append((time.monotonic(), running["seconds_left"], running["seconds"]))
            end = time.monotonic()
            points = subprocess.run([arguments.flatgrid, "status", results, "--json"],
                                    capture_output=True, text=True).stdout
            begin = min(at - seconds for at, _, seconds in looks) if looks else end
            errors = [abs(left - (end - begin - seconds)) / (end - begin)
                      for _, left, seconds in looks]
            print(f"| {name} | {json.loads(points)['points']['all']} | {end - begin:.0f} | "
                  + (f"{statistics.median(errors):.0%} | {max(errors):.0%} |" if errors else "- | - |"),
                  flush=True)


if __name__ == "__main__":
    main()
