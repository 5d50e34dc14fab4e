#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A larger grid copies the points that an earlier file has. Its results file equals that of a campaign which computed
all points."""

import random
import re
import shutil
import signal
import time
import unittest

import h5py
import numpy

from flatgrid_program import (BAD_INPUT, REPOSITORY, SUCCESS, WORK_LEFT, ScratchFolder, kill_session,
                              session_members, send, snapshot, write_configuration)

# The largest grid, with 128 points.
GRID = {
    "grid.algorithm": "teacher, flattest, gradient-descent, lazy",
    "grid.samples": "16, 24",
    "grid.noise": "0, 0.2",
    "grid.width": "20, 30",
    "grid.seed": "0..3",
    "problem.dimension": "3",
    "training.steps": "500",
    "output.history": "4",
}
# The grids from the smallest to the largest, each with its number of points.
BEFORE = [
    ({"grid.algorithm": "lazy, gradient-descent", "grid.noise": "0", "grid.seed": "1..2"}, 16),
    ({"grid.algorithm": "lazy, gradient-descent", "grid.noise": "0"}, 32),
    ({"grid.algorithm": "lazy, gradient-descent"}, 64),
    ({}, 128),
]


def seconds_by_point(path):
    """{values on the axes: wall-clock seconds of the point}. Copied points keep their seconds, computed ones do
    not."""
    with h5py.File(path, "r") as file:
        axes = [file[name][()] for name in ("algorithm", "samples", "noise", "width", "seed")]
        return {tuple(axis[i] for axis, i in zip(axes, where)): value
                for where, value in numpy.ndenumerate(file["seconds"][()])}


class Grown(ScratchFolder):
    """Functions that the tests of grown grids share."""

    def config(self, name, changes=None):
        return write_configuration(self.folder / f"{name}.cfg", {**GRID, **(changes or {})})

    def results(self, name, changes=None, *options, ranks=0):
        """Computes the grid with these changes and returns the results file."""
        path = self.folder / f"{name}.h5"
        self.succeed("run", self.config(name, changes), "-o", path, *options, ranks=ranks)
        return path

    def reuse(self, name, changes, *options, ranks=2, taken=None, computed=None):
        """The same with --reuse; checks the reported numbers of copied and computed points. Returns the file and the
        standard error."""
        path = self.folder / f"{name}.h5"
        end = self.flatgrid("run", self.config(name, changes), "-o", path, *options, ranks=ranks)
        self.assertEqual(end.returncode, SUCCESS, end.stderr)
        self.assertIn(f"flatgrid: {taken} points copied from earlier files, {computed} computed\n",
                      end.stderr)
        return path, end.stderr

    def refused(self, *options, name="refused", changes=None, ranks=2):
        """Checks that the run is refused with exit code 2 and one line, and changes no file. Returns the line."""
        config = self.config(name, changes)
        before = snapshot(self.folder)
        end = self.flatgrid("run", config, "-o", self.folder / f"{name}.h5", *options, ranks=ranks)
        self.assertEqual(end.returncode, BAD_INPUT, end.stderr)
        self.assertEqual(end.stderr.count("\n"), 1, end.stderr)
        self.assertEqual(snapshot(self.folder), before)
        return end.stderr


class Reuse(Grown):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(GRID)

    def test_the_refusal_of_a_larger_grid_names_reuse(self):
        """The refusal names --reuse only if --reuse would help."""
        for changes, possible in (({"grid.seed": "0..9"}, True), ({"grid.seed": "50"}, False),
                                  ({"grid.seed": "0..9", "training.steps": "7"}, False)):
            before = snapshot(self.folder)
            config = self.config("refused", changes)
            end = self.flatgrid("run", config, "-o", self.reference, ranks=2)
            self.assertEqual(end.returncode, BAD_INPUT, end.stderr)
            self.assertEqual(end.stderr.count("\n"), 1, end.stderr)
            self.assertEqual(f"--reuse {self.reference} copies its points" in end.stderr,
                             possible, end.stderr)
            config.unlink()
            self.assertEqual(snapshot(self.folder), before)

    def test_grown_three_times(self):
        """The grid grows in seeds, in noise and in algorithms, with several numbers of ranks and both writers."""
        path = self.results("grown-0", BEFORE[0][0], ranks=2)
        points = BEFORE[0][1]
        for number, ranks in ((1, 3), (2, 0), (3, 2)):
            before, (changes, more) = path, BEFORE[number]
            writer = ("--set", "output.writer=gather") if ranks == 3 else ()
            path, _ = self.reuse(f"grown-{number}", changes, "--reuse", before, *writer, ranks=ranks,
                                 taken=points, computed=more - points)
            points = more
            old, new = seconds_by_point(before), seconds_by_point(path)
            self.assertEqual({where: new[where] for where in old}, old)
            self.assertEqual(self.assert_whole(path), points)
        self.assert_same_results(path, self.reference)
        self.succeed("verify", path, "--recompute")

    def test_a_part_of_a_larger_grid(self):
        """The new grid has fewer points, figures, networks or history than the earlier file."""
        more = {"flatness.top-eigenvalue": "true", "flatness.trace-probes": "3"}
        old = self.results("larger", {**more, "grid.samples": "16, 32, 24", "grid.seed": "0, 7, 2"})
        less = {"grid.samples": "24", "grid.width": "30", "grid.seed": "2, 0"}
        for number, changes in enumerate((
                less, {**less, "output.networks": "false"}, {**less, "output.history": "0"},
                {**less, "output.data": "false", "output.networks": "false", "output.history": "0",
                 "flatness.trace-probes": "3"})):
            path, _ = self.reuse(f"less-{number}", changes, "--reuse", old, taken=16, computed=0)
            self.assert_same_results(path, self.results(f"less-scratch-{number}", changes))

    def test_several_files_and_parts(self):
        parts = [self.results(f"part-{i}", {"grid.seed": "1..3"}, "--part", f"{i}/3")
                 for i in (1, 2, 3)]
        other = self.results("other-seed", {"grid.seed": "0", "grid.width": "30, 40"})
        path, _ = self.reuse("from-all", {}, "--reuse", other, *parts, taken=112, computed=16)
        self.assert_same_results(path, self.reference)
        # Parts of another split copy from fewer files, and compute the points that these lack.
        taken, computed, halves = 0, 0, []
        for i in (1, 2):
            halves.append(self.folder / f"half-{i}.h5")
            end = self.flatgrid("run", self.configuration, "-o", halves[-1], "--part", f"{i}/2",
                                "--reuse", *parts[:2], "--reuse", other)
            self.assertEqual(end.returncode, SUCCESS, end.stderr)
            numbers = re.search(r"(\d+) points copied from earlier files, (\d+) computed", end.stderr)
            taken, computed = taken + int(numbers[1]), computed + int(numbers[2])
        self.assertEqual((taken, computed), (64 + 16, 128 - 80))
        out = self.folder / "halves.h5"
        self.succeed("merge", out, *halves)
        self.assert_same_results(out, self.reference)

    def test_points_that_were_not_finished(self):
        """Points that failed, are pending or are damaged in the earlier file are computed."""
        old = self.results("unlucky", {"grid.seed": "0..1"})
        with h5py.File(old, "r+") as file:
            file["status"][0, 0, 0, 0, 0] = 4
            file["status"][1, 0, 0, 0, 0] = 0
            file["population_loss"][2, 1, 0, 1, 1] += 1
            file["networks/width_20/inner"][3, 1, 1, 0, 5, 2] += 1
        path, errors = self.reuse("lucky", {}, "--reuse", old, taken=60, computed=68)
        self.assert_same_results(path, self.reference)
        for point in ("gradient-descent, samples 24, noise 0, width 30, seed 1",
                      "lazy, samples 24, noise 0.2, width 20, seed 0"):
            self.assertIn(f"flatgrid: {old}: {point}: its checksum does not match its numbers; the "
                          "point is not copied\n", errors)

    def test_a_file_that_is_done(self):
        path, _ = self.reuse("done", {}, "--reuse", self.reference, taken=128, computed=0)
        before = snapshot(self.folder)
        self.reuse("done", {}, "--reuse", self.reference, taken=0, computed=0)
        self.assertEqual(snapshot(self.folder).keys(), before.keys())
        self.assert_same_results(path, self.reference)

    def test_another_build(self):
        """No point of a file of a released version is copied."""
        old = shutil.copy(REPOSITORY / "tests/results/files/format-2.h5", self.folder / "released.h5")
        changes = {"grid.algorithm": "teacher, random-features", "grid.samples": "6",
                   "grid.noise": "0", "grid.width": "8", "grid.seed": "0..1",
                   "problem.dimension": "2", "problem.indices": "1", "training.steps": None,
                   "training.weight-decay": "0.001", "training.momentum": "0.9", "training.handover-loss": "1e-4",
                   "flattest.rounds": "80", "flatness.top-eigenvalue": "true", "output.history": "2"}
        path, errors = self.reuse("this-build", changes, "--reuse", old, taken=0, computed=4)
        self.assertIn(f"flatgrid: {old}: written by another build of flatgrid, whose points may have "
                      "other bits: no point is copied\n", errors)
        self.assert_same_results(path, self.results("this-build-scratch", changes))

    def test_what_cannot_be_reused(self):
        text = self.folder / "text.h5"
        text.write_text("no results")
        truncated = self.folder / "truncated.h5"
        truncated.write_bytes(self.reference.read_bytes()[:-1000])
        link = self.folder / "link.h5"
        link.symlink_to(self.reference)

        self.assertIn("absent.h5: there is no such file", self.refused("--reuse", "absent.h5"))
        self.assertIn("text.h5: is not an HDF5 file", self.refused("--reuse", self.reference, text))
        self.assertIn("truncated.h5: is truncated", self.refused("--reuse", truncated))
        self.assertIn("link.h5: is given twice, also as reference.h5",
                      self.refused("--reuse", "reference.h5", link))
        self.assertEqual(
            self.refused("--reuse", self.reference, changes={"training.steps": "400"}),
            f"flatgrid: {self.reference}: no point can be copied from it: training.steps = 500 there, "
            "400 here\n")
        self.assertIn("flatness.top-eigenvalue = false there, true here", self.refused(
            "--reuse", self.reference, changes={"flatness.top-eigenvalue": "true"}))
        self.assertIn("it has no point of this grid: grid.seed = 0..3 there, 7 here", self.refused(
            "--reuse", self.reference, changes={"grid.seed": "7"}))
        self.assertIn("OLD", self.succeed("run", "--help"))
        self.assertIn("reuse", self.refused("--reuse", ranks=0))
        self.assertIn("CONFIG is missing", self.flatgrid(
            "run", "-o", "x.h5", "--reuse", self.reference, self.configuration).stderr)

    def test_the_file_to_be_written(self):
        path = self.results("itself", BEFORE[0][0])
        link = self.folder / "itself-link.h5"
        link.symlink_to(path)
        for old in (path, link):
            self.assertEqual(
                self.refused("--reuse", old, name="itself", changes=BEFORE[0][0]),
                f"flatgrid: {old}: is the file to be written; a run continues it without --reuse\n")


class DataFile(Grown):
    """Data from a file. The rows after the largest number of samples are the test set."""

    CHANGES = {"grid.algorithm": "gradient-descent, lazy", "problem.inputs": "file",
               "problem.data-file": "data.h5"}

    def test_data_files(self):
        generator = numpy.random.default_rng(3)
        inputs, labels = generator.normal(size=(60, 3)), generator.normal(size=60)
        for name, last in (("data.h5", labels[-1]), ("other.h5", 7.0)):
            with h5py.File(self.folder / name, "w") as file:
                file["inputs"] = inputs
                file["labels"] = [*labels[:-1], last]
        shutil.copy(self.folder / "data.h5", self.folder / "moved.h5")
        old = self.results("data-old", {**self.CHANGES, "grid.seed": "0"})
        moved = {**self.CHANGES, "problem.data-file": "moved.h5"}
        path, _ = self.reuse("data-new", moved, "--reuse", old, taken=16, computed=48)
        self.assert_same_results(path, self.results("data-scratch", moved))
        self.assertIn("it was computed from other data than other.h5", self.refused(
            "--reuse", old, changes={**self.CHANGES, "problem.data-file": "other.h5"}))
        self.assertIn("grid.samples = 16, 24 there, 16, 24, 32 here; the rows of the data file after "
                      "the largest number of samples are the test set", self.refused(
                          "--reuse", old, changes={**self.CHANGES, "grid.samples": "16, 24, 32"}))


class Interrupted(Grown):
    """Campaigns that are killed or stopped while they copy and compute points, or that copy from a file that is being
    written."""

    # The points are slow, so some random moments fall into a computation.
    SLOW = {"grid.algorithm": "gradient-descent, flattest, lazy", "grid.samples": "60",
            "grid.width": "80, 100", "training.steps": "10000", "training.handover-loss": "1e-12"}
    SEEDS = "0..3"
    OLD = {**SLOW, "grid.seed": "1..3", "grid.noise": "0"}
    NEW = {**SLOW, "grid.seed": SEEDS}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference({**GRID, **cls.NEW})
        cls.old = cls.folder / "old.h5"
        config = write_configuration(cls.folder / "old.cfg", {**GRID, **cls.OLD})
        cls.old_config = config
        cls.succeed("run", config, "-o", cls.old, ranks=2)
        cls.random = random.Random(20260604)
        begin = time.monotonic()
        cls.succeed("run", cls.configuration, "-o", cls.folder / "once.h5", "--reuse", cls.old, ranks=3)
        cls.duration = time.monotonic() - begin

    def kill(self, results, *options):
        """Starts a run and kills it at a random moment. Returns the number of its points."""
        process = self.start("run", self.configuration, "-o", results, *options, ranks=3)
        time.sleep(self.random.uniform(0.1, 0.9) * self.duration)
        send(session_members(process), signal.SIGKILL)
        kill_session(process)
        return self.assert_whole(results) if results.exists() else 0

    def test_killed(self):
        for number, last in enumerate((("--reuse", self.old), ())):
            results = self.folder / f"killed-{number}.h5"
            finished = 0
            for _ in range(4):
                before, finished = finished, self.kill(results, "--reuse", self.old)
                self.assertGreaterEqual(finished, before)
            self.succeed("run", self.configuration, "-o", results, *last, ranks=2)
            self.assert_same_results(results, self.reference)

    def test_stopped_and_gone_on_without(self):
        """A run that is stopped before it copies a point copies the points when it continues."""
        results = self.folder / "stopped.h5"
        end = self.flatgrid("run", self.configuration, "-o", results, "--reuse", self.old, "--max-time",
                            "00:00:00", ranks=2)
        self.assertEqual(end.returncode, WORK_LEFT)
        self.assertIn("0 points copied from earlier files, 0 computed", end.stderr)
        end = self.flatgrid("run", self.configuration, "-o", results, "--reuse", self.old, ranks=3)
        self.assertIn("18 points copied from earlier files, 30 computed", end.stderr)
        self.assert_same_results(results, self.reference)

    def test_while_the_old_file_is_written(self):
        for number, writer in enumerate(("parallel", "gather")):
            old = self.folder / f"being-written-{number}.h5"
            process = self.start("run", self.old_config, "-o", old, "--set", f"output.writer={writer}",
                                 ranks=2)
            while not old.exists():
                time.sleep(0.01)
            results = self.folder / f"meanwhile-{number}.h5"
            end = self.flatgrid("run", self.configuration, "-o", results, "--reuse", old, ranks=2)
            self.assertEqual(end.returncode, SUCCESS, end.stderr)
            self.assertNotIn("checksum", end.stderr)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, SUCCESS)
            self.assert_same_results(results, self.reference)
            self.assertEqual(self.assert_whole(old), 18)


if __name__ == "__main__":
    unittest.main()
