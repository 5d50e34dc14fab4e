#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The code of data/reading.md, and of the section of docs/manual.md on the results file, is correct. The tests run
the lines that can run here, on the results of a reduced grid of the quickstart."""

import contextlib
import io
import os
import re
import subprocess
import unittest
from pathlib import Path

import h5py
import numpy
import pandas

from flatgrid_program import DONE, FLATGRID, REPOSITORY, ScratchFolder, code_blocks

PAGE = (REPOSITORY / "data/reading.md").read_text()
MANUAL = (REPOSITORY / "docs/manual.md").read_text()
GRID = ("samples", "noise", "width", "seed")


def blocks(language):
    return [lines for kind, lines in code_blocks(PAGE) if kind == language]


class Reading(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.folder / "results").mkdir()
        cls.results = cls.folder / "results/quickstart.h5"
        cls.succeed("run", REPOSITORY / "data/quickstart.cfg", "-o", cls.results, "--set",
                    "grid.samples=50", "--set", "grid.width=60", "--set", "problem.dimension=5",
                    "--set", "training.steps=2000", ranks=2)
        cls.variants = cls.folder / "results/variants.h5"
        cls.succeed("run", REPOSITORY / "data/quickstart.cfg", "-o", cls.variants, "--set",
                    "grid.algorithm=flattest, sam(sam-radius=0.05|0.2)", "--set", "grid.samples=20", "--set",
                    "grid.width=30", "--set", "problem.dimension=3", "--set", "training.steps=500", ranks=2)
        path = f"{Path(FLATGRID).parent}:{os.environ['PATH']}"
        for lines in blocks("sh"):
            subprocess.run(["bash", "-e", "-c", lines], cwd=cls.folder, check=True,
                           env={**os.environ, "PATH": path})
        with h5py.File(cls.results) as file:
            cls.algorithms = list(file["algorithm"].asstr())
            cls.noise = list(file["noise"])
            cls.stored = {name: file[name][...] for name in ("status", "population_loss",
                                                             "flatness_orbit_min", "train_loss")}

    def run_lines(self, lines):
        """Runs the lines. Returns the names that they define, and their output."""
        names = {}
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(lines, names)
        self.addCleanup(lambda: [value.close() for value in names.values()
                                 if type(value).__name__ == "Dataset"])
        return names, printed.getvalue()

    def test_the_page_with_both_engines(self):
        lines = "\n".join(blocks("python"))
        for engine in ("netcdf4", "h5netcdf"):
            with self.subTest(engine):
                chosen, count = re.subn('(?m)^engine = "netcdf4"', f'engine = "{engine}"', lines)
                self.assertEqual(count, 1)
                names, printed = self.run_lines(chosen)
                self.check(names, printed)

    def check(self, names, printed):
        loss = self.stored["population_loss"]
        lazy = self.algorithms.index("lazy")
        self.assertEqual(names["lazy"].dims, ("samples", "width", "seed"))
        numpy.testing.assert_array_equal(names["lazy"], loss[lazy, :, self.noise.index(0.1)])
        self.assertIn(str(float(numpy.median(loss[lazy, :, self.noise.index(0.1)]))), printed)
        interpolating = self.stored["status"] == DONE
        self.assertFalse(interpolating.all())
        numpy.testing.assert_array_equal(names["interpolating"].population_loss,
                                         numpy.where(interpolating, loss, numpy.nan))
        numpy.testing.assert_array_equal(names["loss"], loss[lazy])
        self.assertEqual(names["course"].dims, ("samples", "width", "seed", "step"))
        self.assertEqual(set(names["labels"].dims), {"seed", "sample", "noise"})

        self.assertEqual(names["against_radius"].dims, ("radius", "samples", "noise", "width", "seed"))
        self.assertEqual(list(names["against_radius"].radius), [0.05, 0.2])
        with h5py.File(self.variants) as file:
            numpy.testing.assert_array_equal(names["against_radius"], file["population_loss"][1:])

        # The tables of `export`.
        done = names["done"]
        self.assertEqual(len(done), numpy.count_nonzero(interpolating))
        self.assertEqual(set(pandas.read_csv(self.folder / "results/course.csv").algorithm), {"lazy"})
        least = self.stored["flatness_orbit_min"][self.algorithms.index("flattest")]
        expected = [self.stored["flatness_orbit_min"][index] / least[index[1:]]
                    for index in zip(*numpy.nonzero(interpolating))]
        numpy.testing.assert_allclose(names["pairs"].flatness_orbit_min / names["pairs"].least,
                                      expected, rtol=1e-12)

        # The network's mean squared error on its samples gives the stored train loss, up to the order of summation.
        place = (self.algorithms.index("teacher"), 0, self.noise.index(0.1), 0, 0)
        stored = float(self.stored["train_loss"][place])
        self.assertIn(str(stored), printed)
        self.assertGreater(stored, 1e-3)
        self.assertAlmostEqual((names["residuals"] ** 2).mean().item() / 2 / stored, 1, delta=1e-12)

    def test_the_lines_of_the_manual(self):
        section = MANUAL.split("\n## The results file\n")[1].split("\n## ")[0]
        names, printed = self.run_lines("\n".join(line[4:] for line in section.splitlines()
                                                  if line.startswith("    ")))
        self.assertIn("gradient-flow", printed)
        numpy.testing.assert_array_equal(
            names["loss"], numpy.where(self.stored["status"] == DONE,
                                       self.stored["population_loss"], numpy.nan))


if __name__ == "__main__":
    unittest.main()
