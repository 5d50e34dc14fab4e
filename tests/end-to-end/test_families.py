#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""random-features at its flattest has the least orbit minimum over its frozen features, by the dual of the linear
program; min-norm is compared with flattest."""

import time
import unittest

import h5py
import numpy

from flatgrid_program import DONE, ScratchFolder, kill_session, write_configuration

PLAIN = {
    "grid.algorithm": "random-features",
    "grid.samples": "12, 30",
    # Without noise some labels are 0, and the dual solution is not unique.
    "grid.noise": "0.1, 0.2",
    "grid.width": "80",
    "grid.seed": "0..4",
    "problem.indices": "2",
    "output.history": "0",
}
AT_ITS_FLATTEST = {**PLAIN, "random-features.flattest": "yes"}


def bound_over_features(inner, outer, inputs, labels, slope):
    """A lower bound by linear programming duality: min sum_j |a_j| g(w_j) subject to sum_j a_j sigma(w_j . x_i) = y_i
    is at least l . y for every l with |l . sigma(X w_j)| <= g(w_j) for all j. g(w) = 2 sqrt(A B) at a = 1. The
    function takes the l of the fit `outer`: l . sigma(X w_j) = sign(a_j) g(w_j) where a_j is not 0."""
    z = inputs @ inner.T
    slopes = numpy.where(z > 0, 1, slope)
    features = z * slopes
    price = 2 * numpy.sqrt((features**2).mean(axis=0) * ((inputs**2).sum(axis=1) @ slopes**2) / len(inputs))
    seen = price > 0
    columns = features[:, seen] / price[seen]
    signs = numpy.sign(outer[seen])
    multipliers = numpy.linalg.lstsq(columns[:, signs != 0].T, signs[signs != 0], rcond=None)[0]
    return multipliers @ labels / numpy.abs(columns.T @ multipliers).max()


class AtItsFlattest(ScratchFolder):
    def run_grid(self, name, changes, **options):
        results = self.folder / name
        configuration = write_configuration(results.with_suffix(".cfg"), changes)
        self.succeed("run", configuration, "-o", results, **options)
        return results

    def test_it_is_the_least_over_the_frozen_features(self):
        for dimension, activation, slope in ((2, "relu", 0), (3, "relu", 0), (5, "relu", 0),
                                             (3, "leaky-relu", 0.1), (5, "abs", -1)):
            with self.subTest(dimension=dimension, activation=activation):
                changes = {"problem.dimension": str(dimension), "network.activation": activation,
                           "network.leaky-slope": "0.1" if activation == "leaky-relu" else None}
                name = f"{activation}-{dimension}"
                plain = self.run_grid(f"{name}.h5", {**PLAIN, **changes})
                flattest = self.run_grid(f"{name}-flattest.h5", {**AT_ITS_FLATTEST, **changes})
                compared = 0
                with h5py.File(plain) as one, h5py.File(flattest) as other:
                    numpy.testing.assert_array_equal(one["status"][...], other["status"][...])
                    for position in numpy.argwhere(other["status"][0] == DONE):
                        k, level, _, seed = position
                        samples = one["samples"][k]
                        row = (0, k, level, seed)
                        inner = one["networks/width_80/inner"][row]
                        outer = other["networks/width_80/outer"][row]
                        kept = other["networks/width_80/inner"][row]
                        # A frozen neuron keeps its bits or is left out.
                        numpy.testing.assert_array_equal(kept[outer != 0], inner[outer != 0])
                        self.assertFalse(kept[outer == 0].any())
                        self.assertLessEqual(numpy.count_nonzero(outer), samples)
                        data = one["data"]
                        labels = (data["target"][seed, :samples]
                                  + one["noise"][level] * data["label_noise"][seed, :samples])
                        inputs = data["inputs"][seed, :samples]
                        found = other["flatness_orbit_min"][(0, *position)]
                        bound = bound_over_features(inner, outer, inputs, labels, slope)
                        self.assertLessEqual(found, bound * (1 + 1e-7))
                        self.assertGreaterEqual(found, bound * (1 - 1e-9))
                        self.assertLessEqual(found, one["flatness_orbit_min"][(0, *position)] * (1 + 1e-9))
                        compared += 1
                self.assertGreaterEqual(compared, 10)
                self.succeed("verify", flattest, "--recompute")

    def test_the_same_bits_at_every_number_of_ranks_and_after_a_stop(self):
        alone = self.run_grid("alone.h5", AT_ITS_FLATTEST)
        for ranks in (2, 3):
            self.assert_same_results(self.run_grid(f"{ranks}.h5", AT_ITS_FLATTEST, ranks=ranks), alone)
        configuration = write_configuration(self.folder / "killed.cfg", AT_ITS_FLATTEST)
        killed = self.folder / "killed.h5"
        for _ in range(3):
            process = self.start("run", configuration, "-o", killed)
            time.sleep(0.1)
            kill_session(process)
        self.succeed("run", configuration, "-o", killed)
        self.assert_same_results(killed, alone)


class LeastNorm(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference({"grid.algorithm": "flattest, min-norm", "grid.samples": "12, 20",
                            "grid.noise": "0.2", "grid.width": "20", "grid.seed": "0..7",
                            "output.history": "0"})

    def test_the_bound_is_proved_shown_and_below_every_path_norm(self):
        with h5py.File(self.reference) as file:
            norm, bound = file["path_norm"][...], file["path_norm_lower_bound"][...]
            self.assertTrue((file["path_norm_lower_bound_kind"][1] == 2).all())
            self.assertTrue((file["path_norm_lower_bound_kind"][0] == 0).all())
            self.assertTrue(numpy.isnan(bound[0]).all())
            self.assertTrue((bound[1] <= norm * (1 + 1e-12)).all())
            self.assertTrue((norm[1] <= bound[1] * (1 + 1e-6)).all())
            numpy.testing.assert_allclose(file["path_norm_gap"][1], norm[1] / bound[1] - 1, atol=1e-15)
        self.assertIn("32 of 32 computed points are whole, 32 recomputed", self.succeed("verify", self.reference, "--recompute"))
        shown = self.succeed("show", self.reference, "algorithm=min-norm,samples=12,seed=0")
        self.assertRegex(shown, r"path_norm_lower_bound_kind +certified")
        header = self.succeed("export", self.reference).splitlines()[0].split(",")
        self.assertIn("path_norm_lower_bound", header)

    def test_the_report_compares_them(self):
        table = self.succeed("report", self.reference)
        self.assertIn("path norm/least", table)
        words = " ".join(self.succeed("report", self.reference, "-o", "page").split())
        self.assertRegex(words, r"Least norm: (agrees|disagrees|undecided)\.")
        with h5py.File(self.reference) as file:
            loss = file["population_loss"][...]
        wins = numpy.count_nonzero(loss[0] < loss[1])
        self.assertIn(f"flattest on {wins}, min-norm on {16 - wins} of 16 at noise 0.2", words)


if __name__ == "__main__":
    unittest.main()
