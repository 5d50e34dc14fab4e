#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`flatgrid verify` finds exactly the damaged numbers, also in a file that is being written; `flatgrid rescale` shows
that rescaling changes only the trace."""

import re
import shutil
import time
import unittest

import h5py

from flatgrid_program import (BAD_INPUT, SUCCESS, WORK_LEFT, ScratchFolder, kill_session, snapshot,
                              write_configuration)

DAMAGED = 3
MOST_LINES = 20

# The datasets in which a number is damaged, and the words that the fault must contain.
DATASETS = [
    ("population_loss", "checksum"), ("flatness_trace", "checksum"), ("steps", "checksum"),
    ("checksum", "checksum"), ("history/train_loss_history", "checksum"),
    ("networks/width_20/inner", "checksum"), ("networks/width_40/outer", "checksum"),
    ("data/inputs", "inputs"), ("data/target", "target"), ("data/label_noise", "label_noise"),
    ("data/index_directions", "index_directions"), ("data/coefficients", "coefficients"),
    ("noise", "axis noise"), ("seed", "axis seed"), ("history/step", "axis history/step"), ("history/width", "axis history/width"),
    ("networks/width_20/seed", "axis networks/width_20/seed"), ("data/seed", "axis data/seed"),
]


def flip_bit(path, dataset, bit=0):
    """Flips a bit of the number in the middle of a dataset, without HDF5."""
    with h5py.File(path, "r") as file:
        item = file[dataset]
        position = item.id.get_offset() + item.size // 2 * item.dtype.itemsize + bit // 8
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1 << bit % 8]))


class Verify(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.results = cls.folder / "results.h5"
        cls.configuration = write_configuration(cls.folder / "tiny.cfg")
        cls.succeed("run", cls.configuration, "-o", cls.results, ranks=2)

    def damaged_copy(self, name="damaged.h5"):
        shutil.copyfile(self.results, self.folder / name)
        return self.folder / name

    def find(self, path, *options):
        """The lines that verify prints about a damaged file."""
        result = self.flatgrid("verify", path, *options)
        self.assertEqual((result.returncode, result.stderr), (DAMAGED, ""), result.stdout)
        return result.stdout.splitlines()

    def test_whole_file(self):
        before = snapshot(self.folder)
        self.assertRegex(self.succeed("verify", self.results), "32 of 32 computed points are whole")
        self.assertRegex(self.succeed("verify", self.results, "--recompute"),
                         "32 of 32 computed points are whole, 32 recomputed")
        self.assertEqual(snapshot(self.folder), before)

    def test_flipped_bits(self):
        for dataset, mention in DATASETS:
            for bit in (0, 62):
                with self.subTest(dataset=dataset, bit=bit):
                    path = self.damaged_copy()
                    flip_bit(path, dataset, bit)
                    lines = self.find(path)
                    self.assertIn(mention, lines[0])
                    self.assertTrue(all(line.startswith(f"{path}: ") for line in lines), lines)
                    whole = 31 if mention == "checksum" else 32
                    self.assertIn(f"{whole} of 32 computed points are whole", lines[-1])

    def test_status_that_is_none(self):
        path = self.damaged_copy()
        with h5py.File(path, "a") as file:
            file["status"][1, 0, 1, 0, 1] = 17
        lines = self.find(path, "--recompute")
        self.assertIn("gradient-descent, samples 24, noise 0.2, width 20, seed 1: ", lines[0])
        self.assertTrue(any("17 is no status" in line for line in lines), lines)

    def test_recomputation_sees_through_a_right_checksum(self):
        """If a figure is changed together with its checksum, only the recomputation finds it."""
        path = self.damaged_copy()
        with h5py.File(path, "a") as file:
            file["flatness_trace"][2, 0, 0, 1, 0] *= 1 + 1e-8
            file["history/flatness_trace_history"][2, 0, 0, 1, 0, -1] *= 1 + 1e-8
        checksum = re.search("that of the stored numbers (\\w{16})", "\n".join(self.find(path)))
        with h5py.File(path, "a") as file:
            file["checksum"][2, 0, 0, 1, 0] = int(checksum[1], 16)
        self.succeed("verify", path)
        lines = self.find(path, "--recompute")
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(lines[0], "lazy, samples 24, noise 0, width 40, seed 0: flatness_trace is "
                                   ".* in the file, .* recomputed")

    def test_many_faults_are_counted(self):
        path = self.damaged_copy()
        with h5py.File(path, "a") as file:
            file["checksum"][...] = 5
        lines = self.find(path)
        self.assertEqual(len(lines), MOST_LINES + 2)
        self.assertIn("12 more", lines[-2])
        self.assertIn("0 of 32 computed points are whole", lines[-1])

    def test_unfinished_file(self):
        stopped = self.flatgrid("run", self.configuration, "-o", "none.h5", "--max-time", "00:00:00")
        self.assertEqual(stopped.returncode, WORK_LEFT, stopped.stderr)
        printed = self.succeed("verify", "none.h5", "--recompute")
        self.assertIn("32 points are still to be computed", printed)

    def test_while_it_is_written(self):
        process = self.start("run", self.configuration, "-o", "live.h5", "--set", "grid.seed=0..9",
                             "--set", "training.handover-loss=1e-12", "--set",
                             "training.steps=5000", ranks=2)
        self.addCleanup(kill_session, process)
        while not (self.folder / "live.h5").exists() and process.poll() is None:
            time.sleep(0.01)
        counts = set()
        while process.poll() is None:
            printed = self.succeed("verify", "live.h5", "--recompute")
            counts.add(re.search(r"(\d+) of \1 computed points? (?:is|are) whole", printed)[1])
        _, errors = process.communicate()
        self.assertEqual(process.returncode, SUCCESS, errors)
        self.assertGreater(len(counts), 1, "the test saw too little of the campaign")

    def test_without_networks_or_data(self):
        for key in ("networks", "data"):
            bare = self.folder / f"without-{key}.h5"
            self.succeed("run", self.configuration, "-o", bare, "--set", f"output.{key}=false",
                         "--set", "grid.algorithm=teacher")
            self.succeed("verify", bare)
            for arguments in (["verify", bare, "--recompute"], ["rescale", bare]):
                result = self.flatgrid(*arguments)
                self.assertEqual(result.returncode, BAD_INPUT, result.stdout)
                self.assertRegex(result.stderr, rf"\A[^\n]*{bare}[^\n]*output\.{key}[^\n]*\n\Z")


class Rescale(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.results = cls.folder / "results.h5"
        write_configuration(cls.folder / "tiny.cfg")
        cls.succeed("run", "tiny.cfg", "-o", cls.results, ranks=2)

    def tables(self, *options):
        """{point: [(s, trace, train loss, population loss, orbit minimum) as printed, ...]}"""
        tables = {}
        for line in self.succeed("rescale", self.results, *options).splitlines():
            words = line.split()
            if ", samples " in line:
                rows = tables.setdefault(line, [])
            elif len(words) == 5 and re.fullmatch(r"(1/)?\d+", words[0]):
                rows.append(words)
        return tables

    def test_trace_moves_and_nothing_else(self):
        before = snapshot(self.folder)
        tables = self.tables()
        self.assertEqual([name.split(",")[0] for name in tables],
                         ["teacher", "gradient-descent", "lazy", "random-features"])
        for name, rows in tables.items():
            with self.subTest(name):
                self.assertEqual([row[0] for row in rows],
                                 ["1/1024", "1/128", "1/8", "1", "8", "128", "1024"])
                traces = [float(row[1]) for row in rows]
                self.assertGreater(max(traces) / min(traces), 1e4)
                self.assertGreater(traces[0], 1e3 * traces[3])
                self.assertGreater(traces[-1], 1e3 * traces[3])
                for column in (2, 3, 4):  # in the twelve digits that are printed
                    self.assertEqual(len({row[column] for row in rows}), 1, rows)
        self.assertEqual(snapshot(self.folder), before)

    def test_the_figures_are_those_of_the_file(self):
        (name, rows), = self.tables("--algorithm", "lazy", "--noise", "0.2", "--width", "40", "--seed",
                                    "1", "--samples", "24", "--factor", "64").items()
        self.assertEqual(name, "lazy, samples 24, noise 0.2, width 40, seed 1")
        self.assertEqual([row[0] for row in rows], ["1/64", "1/16", "1/4", "1", "4", "16", "64"])
        with h5py.File(self.results) as file:
            for column, figure in enumerate(("flatness_trace", "train_loss", "population_loss",
                                             "flatness_orbit_min"), start=1):
                stored = file[figure][2, 0, 1, 1, 1]
                self.assertAlmostEqual(float(rows[3][column]) / stored, 1,
                                       delta=1e-3 if column == 1 else 1e-11)

    def test_teacher_with_noise_is_shown_too(self):
        (name, _), = self.tables("--algorithm", "teacher", "--noise", "0.2").items()
        self.assertIn("noise 0.2", name)

    def test_points_that_are_not_there(self):
        for options in (["--width", "30"], ["--algorithm", "sgd"], ["--noise", "0.3"], ["--seed", "x"],
                        ["--factor", "0"], ["--factor", "9999999"]):
            result = self.flatgrid("rescale", self.results, *options)
            self.assertEqual(result.returncode, BAD_INPUT, result.stdout)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            for option in options:
                self.assertIn(option, result.stderr)


if __name__ == "__main__":
    unittest.main()
