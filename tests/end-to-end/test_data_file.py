#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Data sets from files: a campaign on a file, on a bad file and on a file that changes; and the grids and the data set
that are shipped."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import BAD_INPUT, POINTS_FAILED, SUCCESS, ScratchFolder, unwrapped

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

    def assert_refused(self, *arguments, says, all_ranks=(0, 2)):
        """Checks that the command is refused with exit code 2 and one line that contains `says`, with any number of
        ranks, and that the results file is unchanged."""
        before = self.results.read_bytes() if self.results.exists() else None
        for ranks in all_ranks:
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
            # The axes are (algorithm, samples, noise, width, seed), with one width.
            numpy.testing.assert_allclose(results["population_loss"][:, :, :, 0],
                                          errors.mean(axis=-1), rtol=1e-10)
            numpy.testing.assert_allclose(results["population_loss_stderr"][:, :, :, 0],
                                          errors.std(axis=-1, ddof=1) / numpy.sqrt(20), rtol=1e-8)
        self.succeed("verify", self.results, "--recompute")

    def test_the_seeds_of_a_data_file_are_one_data_set_and_have_no_intervals(self):
        self.succeed("run", self.configuration, "-o", self.results, "--set", "grid.seed=0..6", "--set", "grid.noise=0", "--set", "grid.samples=15",
                     "--set", "grid.algorithm=flattest,random-features,lazy", ranks=2)
        table = self.succeed("report", self.results)
        self.assertIn("No intervals: all seeds have the same data set.", table)
        self.assertNotIn("[", table)
        verdicts = unwrapped(self.succeed("report", self.results, "-o", self.folder / "one"))
        self.assertRegex(verdicts, "1 data set, an interval requires [36]")
        self.assertNotRegex(verdicts, r": (agrees|disagrees|undecided)\.|\[")
        # If every seed draws its samples, each seed has a different data set.
        drawn = self.folder / "drawn.h5"
        self.succeed("run", self.configuration, "-o", drawn, "--set", "grid.seed=0..6", "--set", "grid.noise=0", "--set",
                     "grid.samples=15", "--set", "grid.algorithm=flattest,random-features", "--set",
                     "problem.data-split=resample", ranks=2)
        self.assertRegex(self.succeed("report", drawn), r"(?m)^random-features.* \[")

    def test_other_data_are_no_continuation(self):
        self.succeed("run", self.configuration, "-o", self.results)
        with h5py.File(self.data, "a") as data:
            data["labels"][49] += 1e-9
        self.assert_refused("run", self.configuration, "-o", self.results,
                            says=(str(self.results), "has changed since", "mine.h5"))
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
                                    ("inputs", 1e-170, "underflow"), ("labels", 1e-170, "underflow")):
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


    def test_each_seed_draws_its_samples_and_is_measured_on_the_rows_not_drawn(self):
        self.configuration.write_text(CONFIGURATION + "[problem]\ndata-split = resample\n"
                                      "standardize = yes\n")
        with h5py.File(self.data, "a") as data:
            del data["index_directions"], data["coefficients"]
            data["inputs"][:, 1] = 273 + 10 * data["inputs"][:, 1]
            data["inputs"][:, 3] = 1
        self.succeed("run", self.configuration, "-o", self.results, ranks=2)
        with h5py.File(self.results) as results, h5py.File(self.data) as data:
            drawn = results["data/row"][:]
            self.assertEqual(drawn.shape, (2, 30))
            self.assertFalse((drawn[0] == drawn[1]).all())
            for seed in (0, 1):
                rows = drawn[seed]
                self.assertEqual(len(set(rows)), 30)
                samples = data["inputs"][:][rows]
                mean, deviation = samples.mean(axis=0), samples.std(axis=0)
                mean[3], deviation[3] = 0, 1
                numpy.testing.assert_allclose(results["data/input_mean"][seed], mean, rtol=1e-13)
                numpy.testing.assert_allclose(results["data/input_deviation"][seed], deviation,
                                              rtol=1e-13)
                numpy.testing.assert_allclose(results["data/inputs"][seed],
                                              (samples - mean) / deviation, atol=1e-12)
                numpy.testing.assert_array_equal(results["data/target"][seed],
                                                 data["labels"][:][rows])
                others = numpy.setdiff1d(numpy.arange(50), rows)
                test_inputs = (data["inputs"][:][others] - mean) / deviation
                inner = results["networks/width_40/inner"][:, :, :, seed]
                outer = results["networks/width_40/outer"][:, :, :, seed]
                hidden = numpy.maximum(test_inputs @ numpy.swapaxes(inner, -1, -2), 0)
                errors = ((hidden @ outer[..., None])[..., 0] - data["labels"][:][others])**2
                numpy.testing.assert_allclose(results["population_loss"][:, :, :, 0, seed],
                                              errors.mean(axis=-1), rtol=1e-9)
        self.succeed("verify", self.results, "--recompute")
        alone = self.folder / "alone.h5"
        self.succeed("run", self.configuration, "-o", alone)
        self.assert_same_results(alone, self.results)
        with h5py.File(alone) as one, h5py.File(self.results) as other:
            for name in ("row", "inputs", "input_mean", "input_deviation", "target"):
                self.assertTrue((one["data"][name][:] == other["data"][name][:]).all(), name)
        with h5py.File(alone, "a") as results:
            results["data/row"][1, 7] += 1
            results["data/input_mean"][0, 1] += 1
        result = self.flatgrid("verify", alone)
        self.assertEqual(result.returncode, POINTS_FAILED, result.stderr)
        self.assertIn("data of seed 1: row: 1 of 30 rows differ from those of the seed", result.stdout)
        self.assertIn("data of seed 0: input_mean: 1 of 4 numbers differ from those", result.stdout)
        # At least two rows must remain for the population loss, so at most 48 of the 50 can be samples.
        self.succeed("plan", self.configuration, "--set", "grid.samples=48")
        self.results = self.folder / "none.h5"
        self.assert_refused("run", self.configuration, "-o", self.results, "--set",
                            "grid.samples=49", says=("mine.h5: has 50 samples", "resample", "49"))

    def test_directions_of_the_file_do_not_go_with_standardized_inputs(self):
        self.assert_refused("run", self.configuration, "-o", self.results, "--set",
                            "problem.standardize=yes",
                            says=("mine.h5", "index_directions", "problem.standardize"))

    def change(self, **datasets):
        """Writes the data file without known directions and with these datasets: numbers, or options of h5py's
        create_dataset."""
        with h5py.File(self.data, "w") as file:
            file["inputs"] = numpy.random.RandomState(7).standard_normal((50, 4))
            file["labels"] = numpy.arange(50) - 20.5
            for name, made in datasets.items():
                del file[name]
                if isinstance(made, dict):
                    file.create_dataset(name, **made)
                else:
                    file[name] = made
        return h5py.File(self.data, "a")

    def assert_file_refused(self, *says):
        self.assert_refused("run", self.configuration, "-o", self.results, says=says, all_ranks=(0,))

    def assert_labels(self, expected):
        self.results.unlink(missing_ok=True)
        self.succeed("run", self.configuration, "-o", self.results)
        with h5py.File(self.results) as results:
            numpy.testing.assert_allclose(results["data/target"][0], expected[:30], rtol=1e-15)

    def test_packed_numbers_are_unpacked_and_booleans_are_labels(self):
        stored = numpy.arange(1000, 1050, dtype="i2")
        with self.change(labels=stored) as file:
            file["labels"].attrs["scale_factor"] = 0.01
            file["labels"].attrs["add_offset"] = 3.0
            file["labels"].attrs["_FillValue"] = numpy.int16(-32767)
        self.assert_labels(stored * 0.01 + 3.0)
        truth = numpy.arange(50) % 3 == 0
        self.change(labels=truth).close()
        self.assert_labels(truth.astype(float))
        with self.change() as file:  # PyTables stores booleans like this
            del file["labels"]
            made = h5py.h5d.create(file.id, b"labels", h5py.h5t.STD_B8LE,
                                   h5py.h5s.create_simple((50,)))
            made.write(h5py.h5s.ALL, h5py.h5s.ALL, truth.astype("u1"), h5py.h5t.NATIVE_B8)
        self.assert_labels(truth.astype(float))

    def test_missing_numbers_are_refused(self):
        labels = numpy.arange(50, dtype="f4")
        labels[7] = 0.1
        for attribute in ("_FillValue", "missing_value"):
            with self.change(labels=labels) as file:
                file["labels"].attrs[attribute] = [0.1]  # a double, which has more digits than the label
            self.assert_file_refused("mine.h5: 'labels'", "row 7", attribute)
        # The default fill value of netCDF.
        with self.change(labels={"shape": 50, "dtype": "f8", "fillvalue": 9.969209968386869e36}) as f:
            f["labels"][:20] = numpy.arange(20)
        self.assert_file_refused("mine.h5: 'labels'", "row 20", "9.96921e+36", "fill value")
        with self.change(labels=labels.astype("i1")) as file:
            file["labels"].attrs["_Unsigned"] = "true"
        self.assert_file_refused("mine.h5: 'labels'", "_Unsigned")
        with self.change(labels=labels) as file:
            file["labels"].attrs["scale_factor"] = "ten"
        self.assert_file_refused("mine.h5: 'labels'", "scale_factor", "number")

    def test_what_was_never_written_is_refused(self):
        for chunks in (None, (5,)):
            self.change(labels={"shape": 50, "dtype": "f8", "chunks": chunks}).close()
            self.assert_file_refused("mine.h5: 'labels' has never been written")
        for options in ({}, {"compression": "gzip"}):
            with self.change(labels={"shape": 50, "dtype": "f8", "chunks": (15,), **options}) as f:
                f["labels"][:15] = 1
            self.assert_file_refused("mine.h5: 'labels' is incomplete: 1 of its 4 chunks were written")
            with h5py.File(self.data, "a") as f:
                f["labels"][15:] = 2
            self.succeed("plan", self.configuration)

    def test_a_virtual_dataset_is_read_where_all_of_it_has_a_source(self):
        labels = numpy.arange(50) - 20.5

        def virtual(*parts):
            """Stores labels as a virtual dataset with these parts: (begin, end, file, dataset, size of the dataset)."""
            layout = h5py.VirtualLayout((50,), "f8")
            for begin, end, name, dataset, size in parts:
                source = h5py.VirtualSource(name, dataset, (size,))
                layout[begin:end] = source[:end - begin]
            with self.change() as file:
                del file["labels"]
                file.create_virtual_dataset("labels", layout)
                file["own"] = labels[30:]

        (self.folder / "parts").mkdir(exist_ok=True)
        with h5py.File(self.folder / "parts/one.h5", "w") as file:
            file["y"] = labels[:30]
            file.create_dataset("unwritten", (30,), "f8")
        whole = ((0, 30, "parts/one.h5", "y", 30), (30, 50, ".", "own", 20))
        virtual(*whole)
        self.assert_labels(labels)
        self.results.unlink()
        for parts, says in (
                ([whole[0]], "no source for 20 of its 50 numbers"),
                ([whole[0], (30, 50, "two.h5", "y", 20)], "source 'two.h5' does not exist"),
                ([whole[1], (0, 30, "parts/one.h5", "z", 30)], "has no dataset 'z'"),
                ([whole[0], (30, 50, ".", "own", 25)], None),
                ([(0, 50, ".", "own", 50)],
                 "is too small: 'own' has the shape [20]"),
                ([whole[1], (0, 30, "parts/one.h5", "unwritten", 30)],
                 "source is incomplete: parts/one.h5: 'unwritten' has never"),
                ([(0, 50, ".", "labels", 50)], "in an endless chain")):
            with self.subTest(says=says):
                virtual(*parts)
                if says:
                    self.assert_file_refused("mine.h5: 'labels' is", "virtual", says)
                else:
                    self.succeed("plan", self.configuration)

    def test_a_filter_that_is_not_there_is_named(self):
        self.change(labels={"data": numpy.repeat([1.0, 2.0], 25), "compression": "lzf"}).close()
        self.assert_file_refused("mine.h5: 'labels' is compressed by the filter lzf (32000)")

    def test_inputs_far_from_centred_and_unlike_units_are_warned_of(self):
        random = numpy.random.RandomState(3)
        inputs = random.standard_normal((50, 4))
        centred = "mine.h5: 'inputs' are far from centred: column 1 has mean "
        units = "mine.h5: the columns of 'inputs' have very different units: column "
        for change, warnings in (
                (inputs, []),
                (numpy.hstack([inputs[:, :3], numpy.ones((50, 1))]), []),  # a column of ones
                (inputs + [0, 4, 0, 0], [centred]),
                (inputs * [1, 1, 1000, 1], [units])):
            self.change(inputs=change).close()
            planned = self.succeed("plan", self.configuration)
            self.assertEqual(planned.count("# warning: "), len(warnings), planned)
            result = self.flatgrid("run", self.configuration, "-o", self.results, ranks=2)
            self.results.unlink()
            self.assertEqual(result.stderr.count("flatgrid: warning: "), len(warnings))
            for warning in warnings:
                self.assertIn("# warning: " + warning, planned)
                self.assertIn("flatgrid: warning: " + warning, result.stderr)
            self.assertNotIn("# warning", self.succeed("plan", self.configuration, "--set",
                                                       "problem.standardize=yes"))
        labels = numpy.arange(50.0)
        labels[40:] = 0
        self.change(labels=labels).close()
        self.assertIn("# warning: mine.h5: the last 10 of the 50 rows of 'labels' are zero",
                      self.succeed("plan", self.configuration))


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
