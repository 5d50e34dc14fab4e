#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Networks with frozen biases, and single-index, whose neurons share one direction: the file, recomputed by another
program; commands; interruption and ranks; a small run of the published protocol."""

import math
import subprocess
import sys
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import ScratchFolder, unwrapped

FROZEN = {
    "grid.algorithm": "gradient-flow, sgd, adam, random-features, lazy, single-index",
    "grid.samples": "15",
    "grid.noise": "0, 0.1",
    "grid.width": "20",
    "grid.seed": "0..2",
    "problem.dimension": "3",
    "problem.indices": "1",
    "network.bias": "frozen",
    "network.bias-scale": "0.8",
    "training.steps": "5000",
    "flatness.index-spectrum": "true",
    "output.history": "3",
}

PROTOCOL = {
    "grid.algorithm": "single-index, single-index(learning-rate=0.001)",
    "grid.samples": "100, 1000",
    "grid.noise": "0.01",
    "grid.width": "100",
    "grid.seed": "0..2",
    "problem.dimension": "10",
    "problem.indices": "1",
    "problem.link": "kinks",
    "problem.information-exponent": "2",
    "network.bias": "frozen",
    "network.bias-scale": "10",
    "training.steps": "3000",
    "output.history": "3",
}


class FrozenBiases(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(FROZEN)

    def test_another_program_recomputes_every_figure(self):
        check = Path(__file__).with_name("check_results_file.py")
        run = subprocess.run([sys.executable, check, self.reference], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("every figure of 36 points agree", run.stdout)

    def test_every_algorithm_has_the_biases_of_its_seed(self):
        with h5py.File(self.reference) as file:
            names = list(file["algorithm"].asstr())
            bias = file["networks/width_20/bias"][...]
            drawn = bias[names.index("random-features"), 0, 0]
            self.assertFalse((drawn[0] == drawn[1]).any())
            # Of 60 normals of standard deviation 0.8: the mean square within 4 standard errors.
            self.assertLess(abs((drawn**2).mean() / 0.64 - 1), 4 * math.sqrt(2 / 60))
            for name in ("gradient-flow", "sgd", "adam", "single-index"):
                for noise in range(2):
                    numpy.testing.assert_array_equal(bias[names.index(name), 0, noise], drawn)
            # Of lazy both neurons of a pair have the first's.
            numpy.testing.assert_array_equal(bias[names.index("lazy"), 0, 0, :, ::2], drawn[:, ::2])

    def test_the_file_and_the_report_say_that_there_is_no_orbit(self):
        with h5py.File(self.reference) as file:
            for path in ("flatness_orbit_min", "history/flatness_orbit_min_history"):
                self.assertIn("no rescaling symmetry", file[path].attrs["long_name"])
            numpy.testing.assert_allclose(file["flatness_orbit_min"], file["flatness_trace"], rtol=1e-14)
            self.assertNotIn("extreme_samples", file)
        self.succeed("report", self.reference, "-o", "report")
        page = (self.folder / "report/report.html").read_text()
        self.assertIn("The biases are frozen", page)
        self.assertIn("there is no rescaling symmetry", page)

    def test_commands_read_the_file(self):
        self.assertIn("recomputed", self.succeed("verify", self.reference, "--recompute"))
        shown = self.succeed("show", self.reference, "algorithm=sgd,noise=0,seed=1")
        self.assertIn("bias b", unwrapped(shown))
        self.assertIn("ridge_loss", self.succeed("export", self.reference))
        refused = self.flatgrid("rescale", self.reference)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("network.bias = frozen: neurons whose weights are not all trained cannot be rescaled",
                      unwrapped(refused.stderr))

    def test_any_number_of_ranks_gives_the_same_bits(self):
        alone = self.folder / "alone.h5"
        self.succeed("run", self.configuration, "-o", alone, timeout=300)
        self.assert_same_results(self.reference, alone)


def kinks(z, s):
    """The link, its Hermite coefficients by quadrature on a fine grid."""
    def piecewise(u):
        return (numpy.maximum(u + 1, 0) - 2 * numpy.maximum(u, 0) + 2 * numpy.maximum(u - 2, 0)
                - numpy.maximum(u - 3, 0))
    grid = numpy.linspace(-12, 12, 240001)
    weight = numpy.exp(-grid**2 / 2) / math.sqrt(2 * math.pi) * (grid[1] - grid[0])
    value = piecewise(z)
    for k in range(s):
        def hermite(u, k=k):
            return numpy.polynomial.hermite_e.hermeval(u, [0] * k + [1]) / math.sqrt(math.factorial(k))
        value = value - (weight * piecewise(grid) * hermite(grid)).sum() * hermite(z)
    return value


class SingleIndex(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(PROTOCOL)

    def test_labels_direction_and_losses_recomputed(self):
        rng = numpy.random.default_rng(0)
        first, second = rng.standard_normal((2, 2_000_000))
        with h5py.File(self.reference) as file:
            data = file["data"]
            for seed in range(3):
                star = data["index_directions"][seed, 0]
                labels = kinks(data["inputs"][seed] @ star, 2)
                numpy.testing.assert_allclose(data["target"][seed], labels, atol=1e-8)
                position = (0, 1, 0, seed)
                group = file["networks/width_100"]
                inner, bias, outer = (group[name][position] for name in ("inner", "bias", "outer"))
                self.assertTrue((inner == inner[0]).all())
                self.assertAlmostEqual((inner[0]**2).sum(), 1, places=14)
                m = file["alignment"][0, 1, 0, 0, seed]
                self.assertAlmostEqual(m, inner[0] @ star, places=14)
                # E (g(z) - f(z'))^2 over pairs of normals of correlation m.
                z = m * second + math.sqrt(1 - m**2) * first

                def error_of(outer):
                    squares = sum(a * numpy.maximum(z + b, 0) for a, b in zip(outer, bias))
                    squares = (squares - kinks(second, 2))**2
                    return squares.mean(), squares.std() / math.sqrt(len(squares))

                loss, deviation = error_of(outer)
                self.assertLess(abs(file["population_loss"][0, 1, 0, 0, seed] - loss), 4 * deviation)
                # Ridge on the samples, for c = sqrt(m) a.
                samples = data["inputs"][seed] @ inner[0]
                noisy = data["target"][seed] + 0.01 * data["label_noise"][seed]
                phi = numpy.maximum(samples[:, None] + bias, 0) / 10
                left, sizes, right = numpy.linalg.svd(phi, full_matrices=False)
                fits = []
                for penalty in 10.0**numpy.arange(-9, 0):
                    c = right.T @ (sizes / (sizes**2 + 1000 * penalty) * (left.T @ noisy))
                    fits.append(error_of(c / 10))
                best, deviation = min(fits)
                self.assertLess(abs(file["ridge_loss"][0, 1, 0, 0, seed] - best), 4 * deviation)

    def test_commands_read_the_file(self):
        self.assertIn("recomputed", self.succeed("verify", self.reference, "--recompute"))
        plan = unwrapped(self.succeed("plan", self.configuration), "#   ")
        self.assertIn("it is trained to find the index direction", plan)
        self.succeed("report", self.reference, "-o", "report-single")
        page = (self.folder / "report-single/report.html").read_text()
        self.assertIn("single-index finds the direction in", page)
        self.assertIn("of 3 at samples 1000", page)

    def test_a_stopped_run_continues_to_the_same_bits(self):
        stopped = self.folder / "stopped.h5"
        for _ in range(200):
            code = self.flatgrid("run", self.configuration, "-o", stopped, "--max-time", "00:00:01").returncode
            if code != 75:
                break
        self.assertEqual(code, 0)
        self.assert_same_results(self.reference, stopped)


if __name__ == "__main__":
    unittest.main()
