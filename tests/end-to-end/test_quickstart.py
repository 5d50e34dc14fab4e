#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The quickstart campaign shows the paper's point: flatter, after the symmetry is taken out, is
better; and every algorithm really interpolates."""

import subprocess
import sys
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import DONE, REPOSITORY, ScratchFolder


class Quickstart(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.results = cls.folder / "quickstart.h5"
        cls.printed = cls.succeed("run", REPOSITORY / "data/quickstart.cfg", "-o", cls.results,
                                  ranks=2, timeout=300)

    def medians(self, name, noise=slice(None)):
        """Median of a variable for each algorithm over everything else, or at one position of noise."""
        with h5py.File(self.results) as file:
            values = file[name][:, :, noise]
            return {algorithm.decode(): numpy.nanmedian(values[row])
                    for row, algorithm in enumerate(file["algorithm"][...])}

    def test_the_flattest_generalizes_best_and_the_sharpest_worst(self):
        """What README says of its table: of the interpolators that were found, in this order."""
        for noise in (0, 1):
            with self.subTest(noise=noise):
                for name in ("flatness_orbit_min", "population_loss"):
                    median = self.medians(name, noise)
                    self.assertEqual(len(median), 5)
                    # With noise the flow generalizes as well.
                    self.assertLess(median["flattest"], 1.1 * median["gradient-flow"])
                    self.assertLess(1.5 * median["gradient-flow"],
                                    min(median["random-features"], median["lazy"]))

    def test_no_interpolator_is_flatter_than_the_flattest(self):
        with h5py.File(self.results) as file:
            flatness = numpy.where(file["status"][...] == DONE, file["flatness_orbit_min"][...],
                                   numpy.inf)
            flattest = list(file["algorithm"].asstr()[...]).index("flattest")
            self.assertTrue((flatness >= flatness[flattest]).all())
            self.assertLess(file["flatness_gap"][flattest].max(), 0.01)

    def test_all_interpolate_without_noise(self):
        with h5py.File(self.results) as file:
            noise_free = list(file["noise"][...]).index(0)
            status = file["status"][:, :, noise_free]
            self.assertTrue((status == DONE).all(), status)

    def test_every_figure_recomputed_by_an_independent_program(self):
        check = Path(__file__).with_name("check_results_file.py")
        result = subprocess.run([sys.executable, check, self.results], text=True,
                                capture_output=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_grid_is_the_promised_one(self):
        with h5py.File(self.results) as file:
            algorithms, samples, noises, widths, seeds = file["status"].shape
            self.assertEqual((algorithms, noises, widths, seeds), (5, 2, 1, 10))
            dimension = file["data/inputs"].shape[2]
            self.assertGreaterEqual(min(file["samples"][...]), 10 * dimension)


if __name__ == "__main__":
    unittest.main()
