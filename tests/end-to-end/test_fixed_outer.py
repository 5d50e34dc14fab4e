#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Networks with fixed outer weights, as mean-field-langevin trains them, on spiked inputs: the file, recomputed by
another program; what the commands say without a rescaling symmetry; figures of activation and stability."""

import re
import subprocess
import sys
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import BAD_INPUT, DONE, ScratchFolder, unwrapped, write_configuration

FIXED = {
    "grid.algorithm": "mean-field-langevin, mean-field-langevin(temperature=0, weight-decay=0)",
    "grid.samples": "20",
    "grid.noise": "0",
    "grid.width": "7, 16",
    "grid.seed": "0..2",
    "problem.dimension": "6",
    "problem.inputs": "gaussian-spiked",
    "problem.effective-dimension": "3",
    "problem.input-scale": "0.5",
    "problem.indices": "1",
    "network.bias": "trained",
    "network.outer": "signs",
    "network.initialization": "sphere",
    "training.steps": "50",
    "training.learning-rate": "0.1",
    "training.initial-scale": "1",
    "training.polish": "no",
    "flatness.activation-rates": "true",
    "output.history": "3",
}


def check(results):
    program = Path(__file__).with_name("check_results_file.py")
    return subprocess.run([sys.executable, program, results], capture_output=True, text=True)


class FixedOuterWeights(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(FIXED)

    def test_another_program_recomputes_every_figure(self):
        run = check(self.reference)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("every figure of 12 points agree", run.stdout)

    def test_the_file(self):
        with h5py.File(self.reference) as file:
            self.assertTrue((file["status"][...] == DONE).all())
            self.assertTrue((file["interpolates"][...] == 0).all())
            outer = file["networks/width_7/outer"][...]
            self.assertTrue((outer == numpy.repeat([1 / 7, -1 / 7], [4, 3])).all())
            self.assertTrue((file["flatness_orbit_min"][...] == file["flatness_trace"][...]).all())
            self.assertIn("in the trained parameters", file["flatness_trace"].attrs["long_name"])
            for name in ("flatness_orbit_min", "history/flatness_orbit_min_history"):
                self.assertIn("no rescaling symmetry", file[name].attrs["long_name"])

    def test_the_bits_do_not_depend_on_the_ranks(self):
        for ranks in (0, 3):
            results = self.folder / f"ranks-{ranks}.h5"
            printed = self.succeed("run", self.configuration, "-o", results, ranks=ranks)
            self.assertIn("no rescaling symmetry", " ".join(printed.split()))
            self.assert_same_results(results, self.reference)

    def test_commands(self):
        self.succeed("verify", self.reference, "--recompute")
        refused = self.flatgrid("rescale", self.reference)
        self.assertEqual(refused.returncode, BAD_INPUT)
        self.assertRegex(refused.stderr, r"^flatgrid: .*reference.h5: network.outer = signs: .*rescaled\n$")
        said = " ".join(self.succeed("report", self.reference, "--where", "status=done").split())
        self.assertIn("no rescaling symmetry", said)
        self.assertNotIn("no rescaling symmetry", self.succeed("report", self.reference, "--csv"))
        page = self.folder / "page"
        judged = unwrapped(self.succeed("report", self.reference, "-o", page, "--where", "status=done"))
        self.assertRegex(judged, r"Rescaling: not enough data\. Not all weights and biases of the neurons are trained")
        text = (page / "report.html").read_text()
        self.assertIn("there is no rescaling symmetry", text)
        self.assertNotIn("Effect of random rescaling", text)
        shown = self.succeed("show", self.reference, "width=7,seed=0,algorithm=mean-field-langevin")
        self.assertIn("no rescaling symmetry", re.sub(r"\s+", " ", shown))
        # A share of the orbit minimum is one of the trace.
        shares = re.findall(r"(?m)^ *\d+ +([\d.]+) % +([\d.]+) %", shown)
        self.assertGreater(len(shares), 3)
        for of_orbit, of_trace in shares:
            self.assertEqual(of_orbit, of_trace)


class StabilityAndActivation(ScratchFolder):
    def test_another_program_recomputes_the_figures(self):
        """Trained outer weights; steps that are given and one that is not."""
        self.make_reference({
            "grid.algorithm": "flattest, gradient-descent(learning-rate=0.2|auto, polish=no), sgd",
            "grid.width": "30", "grid.noise": "0.5", "problem.dimension": "2", "problem.indices": "1",
            "network.bias": "trained", "training.learning-rate": "0.05", "flatness.top-eigenvalue": "true",
            "flatness.activation-rates": "true"})
        run = check(self.reference)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        with h5py.File(self.reference) as file:
            rate = numpy.array([0.05, 0.2, numpy.nan, 0.05])[:, None, None, None, None]
            numpy.testing.assert_allclose(file["stability_fraction"][...],
                                          rate * file["hessian_top_eigenvalue"][...] / 2, rtol=1e-15)
        self.succeed("verify", self.reference, "--recompute")


class NoFiguresUnasked(ScratchFolder):
    def test_without_a_number_as_the_step_there_is_no_stability_fraction(self):
        self.make_reference({"flatness.top-eigenvalue": "true", "grid.seed": "0", "grid.width": "20"})
        with h5py.File(self.reference) as file:
            self.assertNotIn("stability_fraction", file)
            self.assertNotIn("activation_rate", file)


class Inputs(ScratchFolder):
    def test_the_published_laws_are_in_the_file(self):
        """Uniform on [-1/2, 1/2]^20 and uniform in the unit ball of dimension 3."""
        for inputs, dimension, scale, method in (("cube", 20, 0.288675134594813, "monte-carlo"),
                                                 ("ball", 3, 0.577350269189626, "monte-carlo"),
                                                 ("gaussian-spiked", 20, 1, "closed-form")):
            configuration = write_configuration(self.folder / f"{inputs}.cfg", {
                "grid.algorithm": "random-features", "grid.samples": "400", "grid.width": "20",
                "grid.noise": "0", "problem.inputs": inputs, "problem.dimension": str(dimension),
                "problem.input-scale": str(scale), "problem.test-samples": "1000"})
            results = self.folder / f"{inputs}.h5"
            self.succeed("run", configuration, "-o", results)
            with h5py.File(results) as file, self.subTest(inputs):
                x = file["data/inputs"][...]
                self.assertEqual(file["population_loss"].attrs["method"], method)
                error = file["population_loss_stderr"][...]
                self.assertEqual(bool((error == 0).all()), method == "closed-form")
                if inputs == "cube":
                    self.assertLess(abs(numpy.abs(x).max() - 0.5), 1e-3)
                    self.assertLessEqual(numpy.abs(x).max(), 0.5 + 1e-14)
                elif inputs == "ball":
                    lengths = numpy.linalg.norm(x, axis=-1)
                    self.assertLessEqual(lengths.max(), 1 + 1e-14)
                    self.assertLess(abs((lengths**3).mean() - 0.5), 0.06)  # uniform on (0, 1)
                else:
                    self.assertLess(abs((x[..., 0]**2).mean() - 1), 0.25)
                    self.assertLess(abs((x[..., 1:]**2).mean() * 19 - 1), 0.1)


if __name__ == "__main__":
    unittest.main()
