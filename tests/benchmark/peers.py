#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares flatgrid with PyTorch and numpy on the same work. Run it by hand, with Debian's python3-torch:

    tests/benchmark/peers.py [BUILD] [--rounds N] [--seeds N] [--only steps | pipeline]

Every program uses one thread. The programs take turns, and the fastest round counts. PyTorch runs with its default
settings and with the instructions of this processor (OPENBLAS_CORETYPE=SKYLAKEX); the faster run counts.

- The training step (loss and gradient), in double and float: by flatgrid, by PyTorch's autograd, and by
  matrix products in PyTorch and numpy.
- The trace of the Hessian: flatgrid's exact trace, and Hutchinson's estimate with autograd to a standard error
  of 1 %.
- The pipeline: from data to an interpolator with trace, orbit minimum and population loss, d = 10,
   n = 100 and 200, m = 200. In PyTorch: gradient descent in double at half its largest stable step to a
   relative squared residual of 1e-8 (flatgrid goes on to 1e-16), trace to 1 %, population loss from 10^5
   inputs.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py

REPOSITORY = Path(__file__).parents[2]
SIZES = [(1024, 64, 1024), (512, 32, 256), (512, 30, 500), (256, 16, 128), (200, 10, 200), (100, 10, 800)]
PIPELINE = [(100, 10, 200), (200, 10, 200)]
CORES = {"torch": {}, "torch, SKYLAKEX": {"OPENBLAS_CORETYPE": "SKYLAKEX"}}


def fastest(work, seconds=0.3):
    """Seconds of the fastest of the calls within `seconds`."""
    work()
    least, end = math.inf, time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - begin)
    return least


# The functions down to `top_eigenvalue` run in a child process with its own environment.

def torch_example(torch, n, d, m, dtype):
    torch.manual_seed(0)
    x = torch.randn(n, d, dtype=dtype)
    y = torch.relu(x[:, :3]).sum(1)
    w = (torch.randn(m, d, dtype=dtype) / math.sqrt(d)).requires_grad_()
    a = (torch.randn(m, dtype=dtype) / math.sqrt(m)).requires_grad_()
    return x, y, w, a


def torch_loss(torch, x, y, w, a):
    return ((torch.relu(x @ w.T) @ a - y) ** 2).sum() / (2 * len(y))


def hutchinson(torch, x, y, w, a, error, pilot=40):
    """The seconds and the number of probes that the trace of the Hessian in all parameters needs for a relative
    standard error of `error`, extrapolated from the variance and the time of the first probes."""
    gradients = torch.autograd.grad(torch_loss(torch, x, y, w, a), (w, a), create_graph=True)
    values = []
    begin = time.perf_counter()
    for _ in range(pilot):
        probe = [torch.randint(0, 2, p.shape).to(p.dtype) * 2 - 1 for p in (w, a)]
        products = torch.autograd.grad(gradients, (w, a), probe, retain_graph=True)
        values.append(float(sum((p * q).sum() for p, q in zip(probe, products))))
    seconds = (time.perf_counter() - begin) / pilot
    values = torch.tensor(values, dtype=torch.float64)
    probes = max(1, math.ceil(float(values.std() / (error * values.mean())) ** 2))
    return seconds * probes, probes


def torch_steps():
    import torch
    torch.set_num_threads(1)
    found = {}
    for n, d, m in SIZES:
        for name in ("double", "float"):
            x, y, w, a = torch_example(torch, n, d, m, getattr(torch, name))

            def automatic():
                torch.autograd.grad(torch_loss(torch, x, y, w, a), (w, a))

            def by_hand():
                with torch.no_grad():
                    z = x @ w.T
                    value = torch.relu(z)
                    r = (value @ a - y) / n
                    outer = value.T @ r
                    inner = ((z > 0).to(x.dtype) * a).mul_(r[:, None]).T @ x
                return outer, inner

            found[f"step {name} {n} {d} {m}"] = min(fastest(automatic), fastest(by_hand))
        x, y, w, a = torch_example(torch, n, d, m, torch.double)
        found[f"trace {n} {d} {m}"], found[f"probes {n} {d} {m}"] = hutchinson(torch, x, y, w, a, 0.01)
    return found


def numpy_steps():
    import numpy
    found = {}
    for n, d, m in SIZES:
        for name in ("double", "float"):
            rng = numpy.random.default_rng(0)
            kind = numpy.float64 if name == "double" else numpy.float32
            x, w, a = (rng.standard_normal(shape).astype(kind) for shape in ((n, d), (m, d), m))
            y = numpy.maximum(x[:, :3], 0).sum(1)

            def by_hand():
                z = x @ w.T
                value = numpy.maximum(z, 0)
                r = (value @ a - y) / n
                outer = value.T @ r
                slope = (z > 0) * a
                slope *= r[:, None]
                return outer, slope.T @ x

            found[f"step {name} {n} {d} {m}"] = fastest(by_hand)
    return found


def torch_pipeline(samples, noise, files):
    """Seconds of training, trace and population loss on the data of a results file."""
    import torch
    torch.set_num_threads(1)
    seconds = []
    with h5py.File(files) as file:
        for seed in range(len(file["seed"])):
            n, d, m = samples, file["data/inputs"].shape[-1], int(file["width"][0])
            begin = time.perf_counter()
            x = torch.tensor(file["data/inputs"][seed, :n])
            y = torch.tensor(labels_of(file, seed, n, noise))
            generator = torch.Generator().manual_seed(seed)
            w = (1e-1 * torch.randn(m, d, generator=generator, dtype=torch.double) / math.sqrt(d))
            a = w.norm(dim=1) * torch.sign(torch.randn(m, generator=generator, dtype=torch.double))
            w.requires_grad_()
            a.requires_grad_()
            step, target = None, 1e-8 * float((y ** 2).sum()) / (2 * n)
            for iteration in range(10 ** 7):
                if iteration & (iteration - 1) == 0:  # 0, 1, 2, 4, ...
                    step = min(step or math.inf, 1 / top_eigenvalue(torch, x, y, w, a))
                with torch.no_grad():
                    z = x @ w.T
                    value = torch.relu(z)
                    residual = value @ a - y
                    if float(residual @ residual) / (2 * n) < target:
                        break
                    r = residual / n
                    inner = ((z > 0).to(x.dtype) * a).mul_(r[:, None]).T @ x
                    a -= step * (value.T @ r)
                    w -= step * inner
            trace, _ = hutchinson(torch, x, y, w, a, 0.01)
            with torch.no_grad():
                for _ in range(10):
                    fresh = torch.randn(10 ** 4, d, dtype=torch.double)
                    torch.relu(fresh @ w.T) @ a
            seconds.append((time.perf_counter() - begin + trace, iteration))
    return {"seconds": [s for s, _ in seconds], "steps": [i for _, i in seconds]}


def labels_of(file, seed, n, noise):
    return file["data/target"][seed, :n] + noise * file["data/label_noise"][seed, :n]


def top_eigenvalue(torch, x, y, w, a, iterations=12):
    """1.05 times the largest eigenvalue of J^T J / n, the Gauss-Newton part of the Hessian."""
    n = len(y)
    with torch.no_grad():
        z = x @ w.T
        value, slope = torch.relu(z), (z > 0).to(x.dtype) * a
        kernel = value @ value.T + (slope @ slope.T) * (x @ x.T)
        v = torch.ones(n, dtype=x.dtype)
        for _ in range(iterations):
            v = kernel @ v
            size = v.norm()
            v /= size
        return 1.05 * float(size) / n


# The functions below start the programs and compare their times.

def child(task, environment=None, *arguments):
    result = subprocess.run(
        [sys.executable, __file__, "--child", task, *map(str, arguments)], check=True, capture_output=True,
        text=True, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **(environment or {})})
    return json.loads(result.stdout)


def benchmarks(program):
    """(seconds, flops per second) by name, for each benchmark of a program of Google Benchmark."""
    output = subprocess.run([program, "--benchmark_format=json", "--benchmark_min_time=0.1"], check=True,
                            capture_output=True, text=True).stdout
    units = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}
    return {entry["name"]: (entry["cpu_time"] * units[entry["time_unit"]], entry.get("flops"))
            for entry in json.loads(output)["benchmarks"]}


def merge_least(into, found):
    for name, value in found.items():
        into[name] = min(into.get(name, value), value)


def compare_steps(build, rounds):
    ours, flops, theirs = {}, {}, {name: {} for name in (*CORES, "numpy")}
    for _ in range(rounds):
        for program in ("training_step", "measures"):
            for name, (seconds, rate) in benchmarks(build / "tests/benchmark" / program).items():
                merge_least(ours, {name: seconds})
                flops[name] = max(flops.get(name, 0), rate or 0)
        for name, environment in CORES.items():
            merge_least(theirs[name], child("torch", environment))
        merge_least(theirs["numpy"], child("numpy"))

    def fraction(seconds, n, d, m, scalar):
        return 4 * n * d * m / seconds / flops[f"peak<{scalar}>"]

    for scalar in ("double", "float"):
        print(f"| n | d | m | {scalar}: flatgrid, ms | of the peak | PyTorch, ms | of the peak | ratio | "
              "numpy, ms | ratio |\n|---|---|---|---|---|---|---|---|---|---|")
        for n, d, m in SIZES:
            own = ours[f"training_step<{scalar}>/n:{n}/d:{d}/m:{m}"]
            key = f"step {scalar} {n} {d} {m}"
            torch = min(theirs[name][key] for name in CORES)
            numpy = theirs["numpy"][key]
            print(f"| {n} | {d} | {m} | {1e3 * own:.3g} | {fraction(own, n, d, m, scalar):.0%} | {1e3 * torch:.3g} "
                  f"| {fraction(torch, n, d, m, scalar):.0%} | {torch / own:.1f} | {1e3 * numpy:.3g} | "
                  f"{numpy / own:.1f} |")
        print()
    print("| n | d | m | trace and orbit minimum, exact: flatgrid, ms | training steps | PyTorch, trace to 1 %, ms "
          "| probes | ratio |\n|---|---|---|---|---|---|---|---|")
    for n, d, m in SIZES:
        name = f"trace_and_orbit_minimum/n:{n}/d:{d}/m:{m}"
        if name not in ours:
            continue
        torch = min(theirs[core][f"trace {n} {d} {m}"] for core in CORES)
        probes = theirs["torch"][f"probes {n} {d} {m}"]
        print(f"| {n} | {d} | {m} | {1e3 * ours[name]:.3g} | "
              f"{ours[name] / ours[f'training_step<double>/n:{n}/d:{d}/m:{m}']:.2f} | {1e3 * torch:.3g} | {probes} | "
              f"{torch / ours[name]:.0f} |")
    print()


def compare_pipelines(build, seeds):
    print("| n | d | m | noise | flatgrid, s a point | PyTorch, s | its steps | ratio |\n"
          "|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for n, d, m in PIPELINE:
            for noise in (0.0, 0.1):
                configuration, results = Path(folder) / "grid.cfg", Path(folder) / "results.h5"
                results.unlink(missing_ok=True)
                configuration.write_text(
                    f"[grid]\nalgorithm = gradient-flow\nsamples = {n}\nwidth = {m}\nnoise = {noise}\n"
                    f"seed = 0..{seeds - 1}\n[problem]\ndimension = {d}\n")
                subprocess.run([build / "flatgrid", "run", configuration, "-o", results], check=True,
                               capture_output=True)
                with h5py.File(results) as file:
                    own = statistics.median(file["seconds"][...].ravel())
                torch = child("pipeline", CORES["torch, SKYLAKEX"], n, noise, results)
                middle = statistics.median(torch["seconds"])
                print(f"| {n} | {d} | {m} | {noise:g} | {own:.3g} | {middle:.3g} | "
                      f"{statistics.median(torch['steps']):.0f} | {middle / own:.0f} |", flush=True)


def main():
    if sys.argv[1:2] == ["--child"]:
        task, *arguments = sys.argv[2:]
        if task == "pipeline":
            print(json.dumps(torch_pipeline(int(arguments[0]), float(arguments[1]), arguments[2])))
        else:
            print(json.dumps({"torch": torch_steps, "numpy": numpy_steps}[task]()))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default=str(REPOSITORY / "build/release"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=("steps", "pipeline"))
    arguments = parser.parse_args()
    build = Path(arguments.build).resolve()
    if arguments.only != "pipeline":
        compare_steps(build, arguments.rounds)
    if arguments.only != "steps":
        compare_pipelines(build, arguments.seeds)


if __name__ == "__main__":
    main()
