#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Networks with trained biases: an independent program recomputes the results file; commands read the file; inputs
have dimension 1; all samples are extreme."""

import subprocess
import sys
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import DONE, ScratchFolder, unwrapped

BIASED = {
    "grid.algorithm": "teacher, gradient-flow, sgd, random-features, memorizer, flattest, approximation",
    "grid.samples": "12",
    "grid.noise": "0, 0.1",
    "grid.width": "16",
    "grid.seed": "0..2",
    "problem.dimension": "2",
    "problem.indices": "1",
    "network.bias": "trained",
    "training.steps": "20000",
    "flatness.index-spectrum": "true",
    "flatness.top-eigenvalue": "true",
    "output.history": "3",
}


class Biases(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(BIASED)

    def test_another_program_recomputes_every_figure(self):
        check = Path(__file__).with_name("check_results_file.py")
        run = subprocess.run([sys.executable, check, self.reference], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("every figure of 42 points agree", run.stdout)

    def test_algorithms_interpolate_and_train_their_biases(self):
        with h5py.File(self.reference) as file:
            names = list(file["algorithm"].asstr())
            self.assertTrue((file["interpolates"][names.index("flattest")] == 1).all())
            self.assertTrue((file["interpolates"][names.index("gradient-flow"), 0, 0] == 1).all())
            bias = file["networks/width_16/bias"]
            self.assertFalse(bias[names.index("teacher")].any())
            for name in ("gradient-flow", "sgd", "random-features", "memorizer", "flattest"):
                self.assertTrue(bias[names.index(name)].any(), name)
            # The biases of random features have the law of the weights, N(0, 1 / (d + 1)) with d = 2.
            drawn = bias[names.index("random-features")][0, 0].ravel()
            self.assertLess(abs((drawn**2).mean() * 3 - 1), 0.6)

    def test_the_bound_is_certified_and_met_in_dimension_2(self):
        with h5py.File(self.reference) as file:
            names = list(file["algorithm"].asstr())
            flattest = names.index("flattest")
            self.assertTrue((file["flatness_lower_bound_kind"][flattest] == 2).all())
            self.assertLess(file["flatness_gap"][flattest].max(), 1e-5)
            interpolates = file["interpolates"][...] == 1
            ratio = file["flatness_orbit_min"][...] / file["flatness_orbit_min"][flattest]
            self.assertGreaterEqual(ratio[interpolates].min(), 1 - 1e-5)

    def test_any_number_of_ranks_gives_the_same_bits(self):
        alone = self.folder / "alone.h5"
        self.succeed("run", self.configuration, "-o", alone, timeout=300)
        self.assert_same_results(self.reference, alone)

    def test_commands_read_the_file(self):
        self.assertIn("recomputed", self.succeed("verify", self.reference, "--recompute"))
        self.assertIn("s b", self.succeed("rescale", self.reference, "--algorithm", "flattest"))
        shown = self.succeed("show", self.reference, "algorithm=flattest,noise=0,seed=1")
        self.assertIn("bias b", unwrapped(shown))
        self.assertIn("extreme_samples", self.succeed("export", self.reference))
        text = unwrapped(self.succeed("report", self.reference, "-o", "report"))
        self.assertTrue((self.folder / "report/report.html").exists())
        page = (self.folder / "report/report.html").read_text()
        self.assertIn("extreme point of the convex hull", page)
        self.assertTrue(text)

    def test_trace_by_differences_of_the_loss(self):
        """The trace of the Hessian in (a, w, b) at an interpolator agrees with second differences of the train loss."""
        with h5py.File(self.reference) as file:
            names = list(file["algorithm"].asstr())
            row = (names.index("gradient-flow"), 0, 0, 0)
            group, data = file["networks/width_16"], file["data"]
            inner, bias, outer = (group[name][row] for name in ("inner", "bias", "outer"))
            inputs, labels = data["inputs"][0], data["target"][0]
            stored = file["flatness_trace"][(*row[:3], 0, 0)]

        def loss(parameters):
            a, b, w = parameters[:16], parameters[16:32], parameters[32:].reshape(16, 2)
            output = numpy.maximum(inputs @ w.T + b, 0) @ a
            return ((output - labels)**2).sum() / (2 * len(labels))

        at = numpy.concatenate([outer, bias, inner.ravel()])
        step = 1e-6
        trace = 0
        for k in range(len(at)):
            ahead, behind = at.copy(), at.copy()
            ahead[k] += step
            behind[k] -= step
            trace += (loss(ahead) + loss(behind) - 2 * loss(at)) / step**2
        self.assertLess(abs(trace / stored - 1), 1e-4)


class InDimension1(ScratchFolder):
    def test_the_flattest_is_certified_and_no_other_is_flatter(self):
        self.make_reference({
            "grid.algorithm": "gradient-flow, random-features, flattest", "grid.samples": "10, 20",
            "grid.noise": "0.1", "grid.width": "40", "grid.seed": "0..2", "problem.dimension": "1",
            "problem.indices": "1", "problem.link": "sin", "network.bias": "trained", "output.history": "0",
            "training.steps": "100000"})
        with h5py.File(self.reference) as file:
            names = list(file["algorithm"].asstr())
            flattest = names.index("flattest")
            self.assertTrue((file["status"][flattest] == DONE).all())
            self.assertTrue((file["flatness_lower_bound_kind"][flattest] == 2).all())
            self.assertLess(file["flatness_gap"][flattest].max(), 1e-5)
            # Two of n samples on a line are extreme.
            for k, samples in enumerate(file["samples"]):
                self.assertTrue((file["extreme_samples"][:, k] == 2 / samples).all())
            interpolates = file["interpolates"][...] == 1
            ratio = file["flatness_orbit_min"][...] / file["flatness_orbit_min"][flattest]
            self.assertGreaterEqual(ratio[interpolates].min(), 1 - 1e-5)
        self.succeed("verify", self.reference, "--recompute")
        self.succeed("report", self.reference, "-o", "report-1")


class WhereAllSamplesAreExtreme(ScratchFolder):
    def test_one_neuron_for_each_sample_is_the_flattest(self):
        changes = {
            "grid.algorithm": "flattest, random-features", "grid.samples": "15", "grid.noise": "0.5",
            "grid.width": "60", "grid.seed": "0..1", "problem.dimension": "30", "network.bias": "trained",
            "output.history": "0"}
        self.make_reference(changes)
        with h5py.File(self.reference) as file:
            self.assertTrue((file["extreme_samples"][...] == 1).all())
            data = file["data"]
            labels = data["target"][...] + 0.5 * data["label_noise"][...]
            lengths = numpy.sqrt((data["inputs"][...]**2).sum(axis=-1) + 1)
            least = 2 / 15 * (numpy.abs(labels) * lengths).sum(axis=1)
            # The search stops at a gap of 2e-4.
            found = file["flatness_orbit_min"][0, 0, 0, 0]
            self.assertLess(numpy.abs(found / least - 1).max(), 1e-3)
        plan = unwrapped(self.succeed("plan", self.configuration), "#   ")
        self.assertIn("100 % of 15 samples are extreme", plan)
        report = self.folder / "report-30"
        self.succeed("report", self.reference, "-o", report)
        self.assertIn("neither claim can hold", (report / "report.html").read_text())


class WithoutBiases(ScratchFolder):
    def test_there_is_no_trace_of_them(self):
        self.make_reference({"grid.algorithm": "random-features"})
        with h5py.File(self.reference) as file:
            self.assertNotIn("bias", file["networks/width_20"])
            self.assertNotIn("extreme_samples", file)
        self.assertNotIn("extreme", self.succeed("plan", self.configuration))


if __name__ == "__main__":
    unittest.main()
