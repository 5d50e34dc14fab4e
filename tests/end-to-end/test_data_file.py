#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Data sets from outside: a campaign on a file, one that is spoiled, one that changes under it; and
the grids and the data set that are shipped."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import BAD_INPUT, SUCCESS, ScratchFolder

DATA = Path(__file__).parents[2] / "data"

CONFIGURATION = """
[grid]
algorithm = random-features, gradient-descent
samples = 15, 30
noise = 0, 0.1
width = 40
seed = 0, 1
[problem]
inputs = file
data-file = mine.h5
dimension = 4
indices = 2
[training]
steps = 200
[output]
history = 3
"""


def write_data(path, rows=50):
    random = numpy.random.RandomState(7)
    inputs = random.standard_normal((rows, 4))
    with h5py.File(path, "w") as file:
        file["inputs"] = inputs
        file["labels"] = numpy.abs(inputs[:, 0]) - inputs[:, 1]
        file["index_directions"] = numpy.eye(2, 4)
        file["coefficients"] = [1.0, -1.0]


class DataFile(ScratchFolder):
    def setUp(self):
        self.configuration = self.folder / "mine.cfg"
        self.configuration.write_text(CONFIGURATION)
        self.data = self.folder / "mine.h5"
        write_data(self.data)
        self.results = self.folder / f"{self.id().rsplit('.', 1)[-1]}.h5"

    def assert_refused(self, *arguments, says):
        """Exit code 2, one line that says so, at any number of ranks, and nothing changed."""
        before = self.results.read_bytes() if self.results.exists() else None
        for ranks in (0, 2):
            result = self.flatgrid(*arguments, ranks=ranks)
            self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
            self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
            for word in says:
                self.assertIn(word, result.stderr)
        after = self.results.read_bytes() if self.results.exists() else None
        self.assertTrue(before == after)

    def test_a_campaign_uses_the_rows_in_their_order_and_measures_on_the_others(self):
        self.succeed("run", self.configuration, "-o", self.results, ranks=2)
        with h5py.File(self.results) as results, h5py.File(self.data) as data:
            for seed in (0, 1):
                numpy.testing.assert_array_equal(results["data/inputs"][seed], data["inputs"][:30])
                numpy.testing.assert_array_equal(results["data/target"][seed], data["labels"][:30])
                numpy.testing.assert_array_equal(results["data/index_directions"][seed],
                                                 data["index_directions"])
            inner = results["networks/width_40/inner"][:]
            outer = results["networks/width_40/outer"][:]
            hidden = numpy.maximum(data["inputs"][30:] @ numpy.swapaxes(inner, -1, -2), 0)
            errors = ((hidden @ outer[..., None])[..., 0] - data["labels"][30:])**2
            # (algorithm, samples, noise, width, seed), one width
            numpy.testing.assert_allclose(results["population_loss"][:, :, :, 0],
                                          errors.mean(axis=-1), rtol=1e-10)
            numpy.testing.assert_allclose(results["population_loss_stderr"][:, :, :, 0],
                                          errors.std(axis=-1, ddof=1) / numpy.sqrt(20), rtol=1e-8)
        self.succeed("verify", self.results, "--recompute")

    def test_other_data_are_no_continuation(self):
        self.succeed("run", self.configuration, "-o", self.results)
        with h5py.File(self.data, "a") as data:
            data["labels"][49] += 1e-9
        self.assert_refused("run", self.configuration, "-o", self.results,
                            says=(str(self.results), "other data", "mine.h5"))
        write_data(self.data)  # the same numbers in a new file
        self.succeed("run", self.configuration, "-o", self.results)

    def test_a_file_that_does_not_fit_is_refused_before_anything_is_written(self):
        run = ("run", self.configuration, "-o", self.results)
        self.assert_refused(*run, "--set", "problem.dimension=5", says=("mine.h5", "dimension is 5"))
        self.assert_refused(*run, "--set", "grid.samples=51", says=("mine.h5", "50 samples", "51"))
        self.assert_refused(*run, "--set", "grid.algorithm=teacher", says=("problem.inputs", "teacher"))
        with h5py.File(self.data, "a") as data:
            data["labels"][3] = numpy.nan
        self.assert_refused(*run, says=("mine.h5", "labels", "row 3"))
        for name, factor, words in (("inputs", 1e160, "overflow"), ("labels", 1e160, "overflow"),
                                    ("inputs", 1e-170, "vanish"), ("labels", 1e-170, "vanish")):
            write_data(self.data)
            with h5py.File(self.data, "a") as data:
                data[name][:] *= factor
            self.assert_refused(*run, says=("mine.h5", f"'{name}' has numbers up to", words))
        self.data.write_text("1, 2, 3\n")
        self.assert_refused(*run, says=("mine.h5", "not an HDF5 file"))
        self.data.unlink()
        self.assert_refused(*run, says=("mine.h5", "no such file"))
        self.assertEqual(self.flatgrid("plan", self.configuration).returncode, BAD_INPUT)
        self.assertFalse(self.results.exists())


class Shipped(ScratchFolder):
    def test_every_grid_is_understood(self):
        os.symlink(DATA, self.folder / "data")
        grids = sorted(DATA.rglob("*.cfg"))
        self.assertGreater(len(grids), 12)
        for grid in grids:
            with self.subTest(grid=grid.name):
                self.assertEqual(self.flatgrid("plan", grid).returncode, SUCCESS)

    def test_the_data_set_is_what_its_script_makes(self):
        subprocess.run([sys.executable, DATA / "make_sea_temperature.py", self.folder], check=True)
        with h5py.File(self.folder / "sea_temperature.h5") as made, \
                h5py.File(DATA / "sea_temperature.h5") as shipped:
            for name in ("inputs", "labels"):
                numpy.testing.assert_allclose(made[name], shipped[name], rtol=1e-13, atol=1e-13)


if __name__ == "__main__":
    unittest.main()
