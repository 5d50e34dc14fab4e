#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every command of README in order, as in a new clone of the repository. The commands print what README shows.
The quickstart's campaign confirms the claim of the paper: flatter networks, modulo the symmetry, generalize better;
and every algorithm interpolates."""

import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import (DONE, FLATGRID, REPOSITORY, ScratchFolder, code_blocks,
                              kill_session)

BLOCKS = code_blocks((REPOSITORY / "README.md").read_text())


class Quickstart(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        """Runs README's commands in a copy of the repository in which the program is already built."""
        super().setUpClass()
        for folder in ("jobs", "data"):
            shutil.copytree(REPOSITORY / folder, cls.folder / folder)
        (cls.folder / "jobs/build.sh").write_text("#!/bin/sh\n")
        (cls.folder / "build/release").mkdir(parents=True)
        (cls.folder / "build/release/flatgrid").symlink_to(Path(FLATGRID).resolve())
        cls.printed = {}
        for kind, lines in BLOCKS:
            for command in lines.splitlines() if kind == "sh" else []:
                cls.printed[command] = cls.type_command(command)
        cls.results = cls.folder / "results/quickstart.h5"

    @classmethod
    def type_command(cls, command):
        """Runs a command, which must succeed. Returns its standard output and error together."""
        environment = {**os.environ, "TMPDIR": str(cls.scratch),
                       # Files that killed ranks leave behind are removed with the test.
                       "OMPI_MCA_btl_vader_backing_directory": str(cls.scratch)}
        process = subprocess.Popen(["bash", "-c", command], cwd=cls.folder, env=environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True, text=True)
        try:
            printed, _ = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            printed, _ = kill_session(process)
            raise AssertionError(f"{command}: hangs\n{printed}")
        if process.returncode != 0:
            raise AssertionError(f"{command}: exit code {process.returncode}\n{printed}")
        return printed

    def test_what_readme_says_is_printed(self):
        """The block after a command is the beginning of the command's output. Words and counts must be equal; numbers
        with a decimal point may differ by a tenth, because bits depend on the build: rounding changes where the search
        for the flattest ends within its tolerance of 2e-4, and the population loss there by 5 %."""
        shown = [(BLOCKS[k - 1][1].splitlines()[-1], lines)
                 for k, (kind, lines) in enumerate(BLOCKS) if kind == "text"]
        self.assertEqual(len(shown), 1)
        number = r"\d+(?:\.\d+)?"
        for command, lines in shown:
            words, figures = re.sub(number, "#", lines).split(), re.findall(number, lines)
            printed = self.printed[command]
            self.assertEqual(re.sub(number, "#", printed).split()[:len(words)], words)
            for figure, here in zip(figures, re.findall(number, printed)):
                allowed = 0.1 * float(figure) if "." in figure else 0
                self.assertAlmostEqual(float(figure), float(here), delta=allowed, msg=printed)

    def test_the_quickstart_names_what_to_do_next(self):
        lines = self.printed["jobs/quickstart.sh"].rstrip().split("\n\n")[-1].splitlines()
        self.assertEqual(lines[0], f"What to do next, in {self.folder.resolve()}:")
        self.assertEqual([line.split(".")[0].strip() for line in lines[1:]], ["1", "2", "3"])
        for line in lines[1:]:
            files = re.findall(r"\w+/[\w./-]+\.(?:html|md|cfg|sh)", line)
            self.assertTrue(files, line)
            for name in files:
                self.assertTrue((self.folder / name).exists(), name)

    def medians(self, name, noise=slice(None)):
        """{algorithm: median of a variable over all its points, or over those at one position of noise}"""
        with h5py.File(self.results) as file:
            values = file[name][:, :, noise]
            return {algorithm.decode(): numpy.nanmedian(values[row])
                    for row, algorithm in enumerate(file["algorithm"][...])}

    def test_the_flattest_generalizes_best_and_the_sharpest_worst(self):
        """The order of the algorithms in README and docs/findings.md: flattest, gradient-flow, the others."""
        for noise in (0, 1):
            with self.subTest(noise=noise):
                for name in ("flatness_orbit_min", "population_loss"):
                    median = self.medians(name, noise)
                    self.assertEqual(len(median), 5)
                    # With noise the gradient flow generalizes as well as the flattest.
                    self.assertLess(median["flattest"], 1.1 * median["gradient-flow"])
                    self.assertLess(1.5 * median["gradient-flow"],
                                    min(median["random-features"], median["lazy"]))

    def test_the_flattest_is_best_on_every_data_set_without_noise(self):
        """README says this of all algorithms that learn from samples."""
        with h5py.File(self.results) as file:
            loss = file["population_loss"][:, 0, list(file["noise"][...]).index(0), 0]  # [algorithm, seed]
            algorithms = list(file["algorithm"].asstr()[...])
            self.assertEqual(loss.shape, (5, 10))
            for algorithm in {*algorithms} - {"teacher", "flattest"}:
                self.assertTrue((loss[algorithms.index("flattest")] <
                                 loss[algorithms.index(algorithm)]).all(), algorithm)

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
