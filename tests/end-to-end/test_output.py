#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What other programs get out of a campaign: the file through h5py, xarray and ncdump, the CSV export,
the status, the table at the end of `run`."""

import csv
import io
import math
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy
import xarray

from check_results_file import DIVERGED, FIGURES, GRID
from flatgrid_program import SUCCESS, ScratchFolder, kill_session, write_configuration

ROOT_ATTRIBUTES = ("title", "flatgrid_version", "git_commit", "build", "config", "created",
                   "Conventions")


class Output(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.results = cls.folder / "results.h5"
        cls.configuration = write_configuration(cls.folder / "tiny.cfg")
        cls.printed = cls.succeed("run", cls.configuration, "-o", cls.results, ranks=2)

    def test_every_figure_recomputed_by_an_independent_program(self):
        check = Path(__file__).with_name("check_results_file.py")
        result = subprocess.run([sys.executable, check, self.results], text=True,
                                capture_output=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_layout(self):
        with h5py.File(self.results) as file:
            for name in ROOT_ATTRIBUTES:
                self.assertNotEqual(file.attrs[name], "", name)
            for name in ("status", "checksum", *FIGURES):
                self.assertEqual(file[name].shape, (4, 1, 2, 2, 2), name)
                self.assertEqual([next(iter(scale.values())).name for scale in file[name].dims],
                                 [f"/{axis}" for axis in GRID])
            self.assertEqual(file["networks/width_20/inner"].shape, (4, 1, 2, 2, 20, 3))
            self.assertEqual(file["networks/width_20/outer"].shape, (4, 1, 2, 2, 20))
            self.assertEqual(file["data/inputs"].shape, (2, 24, 3))
            self.assertEqual(file["data/target"].shape, (2, 24))
            self.assertEqual(file["data/noise"].shape, (2, 24))
            self.assertEqual(file["data/index_directions"].shape, (2, 3, 3))
            self.assertEqual(file["data/coefficients"].shape, (2, 3))

            def described(name, item):
                if isinstance(item, h5py.Dataset):
                    self.assertIn("units", item.attrs, name)
                    self.assertIn("long_name", item.attrs, name)
            file.visititems(described)

    def test_xarray(self):
        with xarray.open_dataset(self.results) as data:
            self.assertEqual(list(data["algorithm"].values),
                             ["teacher", "gradient-descent", "lazy", "random-features"])
            self.assertEqual(list(data["width"].values), [20, 40])
            point = data.sel({"algorithm": "teacher", "samples": 24, "noise": 0.0, "width": 40,
                              "seed": 1})  # as keywords, `algorithm` would be xarray's own
            self.assertEqual(float(point["population_loss"]), 0)
            self.assertEqual(data["flatness_orbit_min"].dims, GRID)
            self.assertIn("units", data["flatness_orbit_min"].attrs)
        for group in ("history", "networks/width_20", "data"):
            with xarray.open_dataset(self.results, group=group) as data:
                self.assertGreater(len(data.variables), 0)

    def test_ncdump(self):
        header = subprocess.run(["ncdump", "-h", self.results], text=True, capture_output=True)
        self.assertEqual(header.returncode, 0, header.stderr)
        self.assertIn("double flatness_orbit_min(algorithm, samples, noise, width, seed)",
                      header.stdout)
        self.assertIn("group: history {", header.stdout)

    def test_configuration_in_the_file_makes_the_same_campaign(self):
        with h5py.File(self.results) as file:
            (self.folder / "stored.cfg").write_text(file.attrs["config"])
        self.succeed("run", "stored.cfg", "-o", self.results)
        self.assertEqual(self.succeed("plan", "stored.cfg"),
                         self.succeed("plan", self.configuration))

    def test_export_equals_the_datasets(self):
        rows = list(csv.DictReader(io.StringIO(self.succeed("export", self.results))))
        with h5py.File(self.results) as file:
            self.assertEqual(len(rows), file["status"].size)
            for row, index in zip(rows, numpy.ndindex(file["status"].shape)):
                for axis, position in zip(GRID, index):
                    value = file[axis][position]
                    stored = value.decode() if isinstance(value, bytes) else value
                    self.assertEqual(type(stored)(row[axis]), stored)
                for name in FIGURES:
                    stored = float(file[name][index])
                    if math.isnan(stored):
                        self.assertIn(row[name].lower(), ("", "nan"))
                    else:
                        self.assertEqual(float(row[name]), stored)

    def test_status(self):
        self.assertIn("32", self.succeed("status", self.results))

    def test_plan_for_ranks(self):
        """What can be known beforehand of a plan's figures."""
        text = self.succeed("plan", self.configuration, "--ranks", "3", "--measure", "0.5")
        figure = {name: float(value) for name, value in
                  re.findall(r"#   (time|core hours|balance|memory|longest point): .*?([\d.]+(?:e-\d+)?)"
                             r"(?: s\)| %| MB|$)", text, re.MULTILINE)}
        self.assertEqual(len(figure), 5, text)
        self.assertAlmostEqual(figure["core hours"], 3 * figure["time"] / 3600,
                               delta=0.06 * 3 / 3600 + 0.01 * figure["core hours"])
        self.assertGreaterEqual(figure["time"], figure["longest point"])
        self.assertLessEqual(figure["balance"], 100)
        size = float(re.search(r"results file: about ([\d.]+) kB", text)[1])
        self.assertAlmostEqual(size, self.results.stat().st_size / 1000, delta=6)

    def test_status_and_export_while_it_runs(self):
        process = self.start("run", self.configuration, "-o", "live.h5", "--set", "grid.seed=0..9",
                             "--set", "training.handover-loss=1e-12", "--set",
                             "training.steps=5000", ranks=2)
        self.addCleanup(kill_session, process)
        while not (self.folder / "live.h5").exists() and process.poll() is None:
            time.sleep(0.01)
        counts = []
        while process.poll() is None:
            self.assertIn("160", self.succeed("status", "live.h5"))
            rows = csv.DictReader(io.StringIO(self.succeed("export", "live.h5")))
            counts.append(sum(row["status"] != "pending" for row in rows))
            self.assert_whole(self.folder / "live.h5")
        _, errors = process.communicate()
        self.assertEqual(process.returncode, SUCCESS, errors)
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(len(set(counts)), 2, "the test saw too little of the campaign")

    def test_diverging_points_are_recorded_and_final(self):
        for _ in range(2):
            printed = self.succeed("run", self.configuration, "-o", "diverging.h5", "--set",
                                   "training.learning-rate=1e5", ranks=2)
            self.assertIn("gradient-descent", printed)
            with h5py.File(self.folder / "diverging.h5") as file:
                status = dict(zip(file["algorithm"].asstr()[...], file["status"][...]))
                self.assertTrue((status["lazy"] == DIVERGED).all(), status)
                self.assertTrue((status["random-features"] != DIVERGED).all(), status)
                self.assertTrue(numpy.isnan(file["train_loss"][...][file["status"][...] == DIVERGED])
                                .all())

    def test_table_has_a_row_an_algorithm(self):
        for algorithm in ("teacher", "gradient-descent", "lazy", "random-features"):
            self.assertRegex(self.printed, rf"(?m)^\W*{algorithm}\b.*\d")

    def test_reader_that_goes_away(self):
        """`flatgrid export FILE | head -1` ends without a word."""
        process = self.start("export", self.results)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), "")
        process.stderr.close()
        self.assertLessEqual(process.wait(timeout=20), SUCCESS)  # or ended by SIGPIPE

    def test_full_disk_is_no_success(self):
        with open("/dev/full", "w") as full:
            process = self.start("export", self.results, stdout=full)
            _, errors = process.communicate(timeout=20)
        self.assertNotEqual(process.returncode, SUCCESS)
        self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_without_networks_data_and_history(self):
        bare = self.folder / "bare.h5"
        self.succeed("run", self.configuration, "-o", bare, "--set", "output.networks=false",
                     "--set", "output.data=false", "--set", "output.history=0", ranks=2)
        self.assertEqual(self.assert_whole(bare), 32)
        with h5py.File(bare) as file, h5py.File(self.results) as full:
            for name in ("networks", "data", "history"):
                self.assertNotIn(name, file)
            for name in set(FIGURES) - {"seconds"}:
                self.assertEqual(file[name][...].tobytes(), full[name][...].tobytes(), name)


if __name__ == "__main__":
    unittest.main()
