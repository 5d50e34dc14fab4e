#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How far the hand-over to the polish moves the figures.

    tests/benchmark/settled.py [FLATGRID] [--dimension D] [--seeds N] [--set KEY=VALUE ...]

Trains with gradient-flow and gradient-descent down to a relative squared residual of 1e-14, and to larger
ones that hand over to the polish. For each: the median number of gradients, points that do not interpolate,
and how far population loss and orbit minimum are from those of the first, median over the seeds, the
largest of the pairs of (samples, noise).
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np

REPOSITORY = Path(__file__).parents[2]
HANDOVER = ("1e-14", "1e-10", "1e-8", "1e-6", "1e-4")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("flatgrid", nargs="?", default=str(REPOSITORY / "build/release/flatgrid"))
    parser.add_argument("--dimension", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--algorithms", default="gradient-flow,gradient-descent")
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    d = arguments.dimension
    print("| algorithm | hand-over | gradients | do not interpolate | population loss off by | orbit minimum off by |\n"
          "|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for algorithm in arguments.algorithms.split(","):
            settled = None
            for handover in HANDOVER:
                configuration, results = Path(folder) / "grid.cfg", Path(folder) / "results.h5"
                configuration.write_text(
                    f"[grid]\nalgorithm = {algorithm}\nsamples = {10 * d}, {20 * d}\nwidth = {20 * d}\n"
                    f"noise = 0, 0.1\nseed = 100..{99 + arguments.seeds}\n[problem]\ndimension = {d}\n"
                    f"[training]\nsteps = 10000000\nhandover-loss = {handover}\n")
                overrides = [word for value in arguments.set for word in ("--set", value)]
                results.unlink(missing_ok=True)
                subprocess.run([arguments.flatgrid, "run", configuration, "-o", results, *overrides],
                               capture_output=True, check=True)
                with h5py.File(results) as file:
                    status, steps = file["status"][...], file["steps"][...]
                    figures = [file[name][...] for name in ("population_loss", "flatness_orbit_min")]
                settled = settled or figures
                off = [np.max(np.median(np.abs(figure / reference - 1), axis=-1))
                       for figure, reference in zip(figures, settled)]
                print(f"| {algorithm} | {handover} | {np.median(steps):.0f} | {np.sum(status != 1)} | "
                      f"{off[0]:.1%} | {off[1]:.2%} |", flush=True)


if __name__ == "__main__":
    main()
