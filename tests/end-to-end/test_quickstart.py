#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The quickstart campaign shows the paper's point: flatter, after the symmetry is taken out, is
better; and every algorithm really interpolates."""

import subprocess
import sys
import time
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
        begin = time.monotonic()
        cls.printed = cls.succeed("run", REPOSITORY / "data/quickstart.cfg", "-o", cls.results,
                                  ranks=2, timeout=300)
        cls.seconds = time.monotonic() - begin

    def medians(self, name, noise=slice(None)):
        """Median of a variable for each algorithm over everything else, or at one position of noise."""
        with h5py.File(self.results) as file:
            values = file[name][:, :, noise]
            return {algorithm.decode(): numpy.nanmedian(values[row])
                    for row, algorithm in enumerate(file["algorithm"][...])}

    def test_order_of_flatness_is_the_order_of_population_loss(self):
        for noise in (slice(None), 0, 1):
            with self.subTest(noise=noise):
                flatness = self.medians("flatness_orbit_min", noise)
                loss = self.medians("population_loss", noise)
                self.assertEqual(len(flatness), 4)
                self.assertEqual(sorted(flatness, key=flatness.get), sorted(loss, key=loss.get))

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
            self.assertEqual((algorithms, noises, widths, seeds), (4, 2, 3, 3))
            dimension = file["data/inputs"].shape[2]
            self.assertGreaterEqual(min(file["samples"][...]), 10 * dimension)

    def test_takes_less_than_a_minute(self):
        self.assertLess(self.seconds, 60)


if __name__ == "__main__":
    unittest.main()
