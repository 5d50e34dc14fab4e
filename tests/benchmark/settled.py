#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures how much the defaults that save time change the figures.

    tests/benchmark/settled.py handover|flow|precision [FLATGRID] [--dimension D] [--seeds N] [--set KEY=VALUE ...]

Trains in d dimensions at n = 10 d and 20 d samples, m = n, noise 0 and 0.1. `handover` compares gradient-flow and
gradient-descent down to a relative squared residual of 1e-14 with runs that hand over to the polish at larger ones.
`flow` compares gradient-flow at its finest tolerance with coarser tolerances and with plain descent. `precision`
compares descent in double with a slightly shorter step in double and with descent in float.

For each setting it prints the median number of gradients, the number of points that do not interpolate, and the
relative differences of population loss and orbit minimum from those of the first setting: medians over the seeds,
of which it prints the mean and the largest over the four pairs of samples and noise.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np

REPOSITORY = Path(__file__).parents[2]
FIGURES = ("population_loss", "flatness_orbit_min")


def handovers(algorithm):
    return [(f"{algorithm}, hand-over {loss}", {"grid.algorithm": algorithm, "training.handover-loss": loss})
            for loss in ("1e-14", "1e-10", "1e-8", "1e-6", "1e-4")]


def flows(tolerances):
    return [(f"gradient-flow, tolerance {tolerance}",
             {"grid.algorithm": "gradient-flow", "training.flow-tolerance": tolerance}) for tolerance in tolerances]


def descents(algorithm, fractions, precision="double"):
    return [(f"{algorithm} in {precision} at {fraction} of the largest stable step",
             {"grid.algorithm": algorithm, "training.stability-fraction": fraction, "training.precision": precision})
            for fraction in fractions]


def tables(what, finest):
    """Lists of (name, settings). The first of each list is the reference of the others."""
    if what == "handover":
        return [handovers("gradient-flow"), handovers("gradient-descent")]
    if what == "flow":
        coarser = [t for t in ("1e-4", "1e-3", "2e-3", "5e-3", "1e-2", "2e-2") if float(t) > float(finest)]
        return [flows([finest, *coarser]) + descents("gradient-descent", ("0.9", "0.5", "0.1"))]
    return [descents(algorithm, ("0.5", "0.49")) + descents(algorithm, ("0.5",), "float")
            for algorithm in ("gradient-descent", "sgd", "label-noise-sgd", "sam")]


def run(arguments, settings):
    """The figures, steps, status and seconds of the grid, each [noise, samples, seed]."""
    d = arguments.dimension
    # `precision` keeps the default: the stochastic algorithms take all the steps that they are given.
    until_done = {} if arguments.what == "precision" else {"training.steps": 10_000_000}
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        for samples in (10 * d, 20 * d):
            configuration, results = Path(folder) / "grid.cfg", Path(folder) / f"{samples}.h5"
            configuration.write_text(
                f"[grid]\nsamples = {samples}\nwidth = {samples}\nnoise = 0, 0.1\n"
                f"seed = 100..{99 + arguments.seeds}\n[problem]\ndimension = {d}\n")
            pairs = [f"{key}={value}" for key, value in {**until_done, **settings}.items()] + arguments.set
            overrides = [word for pair in pairs for word in ("--set", pair)]
            subprocess.run([arguments.flatgrid, "run", configuration, "-o", results, *overrides],
                           capture_output=True, check=True)
            with h5py.File(results) as file:
                parts.append({name: file[name][...].reshape(2, arguments.seeds)
                              for name in (*FIGURES, "steps", "status", "seconds")})
    return {name: np.stack([part[name] for part in parts], axis=1) for name in parts[0]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("handover", "flow", "precision"))
    parser.add_argument("flatgrid", nargs="?", default=str(REPOSITORY / "build/release/flatgrid"))
    parser.add_argument("--dimension", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--finest", default="1e-5", help="the tolerance that `flow` compares with")
    parser.add_argument("--set", action="append", default=[])
    arguments = parser.parse_args()
    print("| | gradients | s | do not interpolate | population loss off by: mean | largest | "
          "orbit minimum off by: mean | largest |\n|---|---|---|---|---|---|---|---|", flush=True)
    for table in tables(arguments.what, arguments.finest):
        reference = None
        for name, settings in table:
            found = run(arguments, settings)
            reference = reference or found
            off = [np.median(np.abs(found[figure] / reference[figure] - 1), axis=-1) for figure in FIGURES]
            print(f"| {name} | {np.median(found['steps']):.0f} | {np.median(found['seconds']):.2g} | "
                  f"{np.sum(found['status'] != 1)} | " +
                  " | ".join(f"{value:.2%}" for pair in off for value in (np.mean(pair), np.max(pair))) + " |",
                  flush=True)


if __name__ == "__main__":
    main()
