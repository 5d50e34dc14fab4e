#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the overhead of a campaign. Run it by hand, after `source jobs/environment.sh`:

    tests/benchmark/campaign_overhead.py build/release/flatgrid

 - The overhead per point: the points take almost no time themselves, so the whole time counts as overhead.
 - The start with a million points: creation of the file, then runs that stop immediately, with several
   numbers of ranks. The largest memory of a rank is measured too.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POINTS = """
[grid]
algorithm = teacher
samples = 4
noise = 0
width = 2
seed = 0..19999
[problem]
dimension = 2
indices = 1
[output]
history = 0
"""
MILLION = """
[grid]
algorithm = teacher, gradient-descent
samples = 20, 40
noise = 0..9
width = 10, 20, 30, 40, 50
seed = 0..4999
[problem]
dimension = 3
indices = 2
[output]
networks = false
data = false
history = 0
"""


def run(flatgrid, configuration, results, ranks, *options):
    """Seconds between the first and the last line of progress."""
    process = subprocess.Popen(
        ["mpirun", "--bind-to", "none", "-np", str(ranks), flatgrid, "run", configuration, "-o",
         results, *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = [time.monotonic() for line in process.stderr if "% of the work" in line]
    process.wait()
    return lines[-1] - lines[0]


def main():
    flatgrid = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        points, million = folder / "points.cfg", folder / "million.cfg"
        points.write_text(POINTS)
        million.write_text(MILLION)

        print("| ranks | writer | points | microseconds a point and rank |\n|---|---|---|---|")
        for ranks in (1, 2, 4):
            for writer in ("parallel", "gather"):
                results = folder / "points.h5"
                results.unlink(missing_ok=True)
                seconds = run(flatgrid, points, results, ranks, "--set", f"output.writer={writer}")
                share = min(ranks, os.cpu_count())
                print(f"| {ranks} | {writer} | 20000 | {1e6 * seconds * share / 20000:.0f} |", flush=True)

        print("\n| a million points | seconds | largest memory of a rank |\n|---|---|---|")
        results = folder / "million.h5"
        for ranks, what in ((1, "creation"), (1, "1 rank"), (2, "2 ranks"), (4, "4 ranks"),
                            (16, "16 ranks")):
            if what == "creation":
                results.unlink(missing_ok=True)
            begin = time.monotonic()
            process = subprocess.run(
                ["/usr/bin/env", "python3", "-c", CHILD, flatgrid, million, results, str(ranks)],
                capture_output=True, text=True, check=True)
            seconds = time.monotonic() - begin
            print(f"| {what} | {seconds:.2f} | {float(process.stdout) / 1000:.0f} MB |", flush=True)


# Runs flatgrid and prints the largest memory of any of its processes, in kB.
CHILD = """
import resource, subprocess, sys
flatgrid, configuration, results, ranks = sys.argv[1:]
subprocess.run(["mpirun", "--bind-to", "none", "-np", ranks, flatgrid, "run", configuration, "-o",
                results, "--max-time", "00:00:00"],
               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

if __name__ == "__main__":
    main()
