#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The results do not depend on the number of ranks, nor on which rank computed which point."""

import time
import unittest

from flatgrid_program import (CUT_SHORT, DONE, NOT_INTERPOLATING, ScratchFolder, contents,
                              kill_session, write_configuration)

import h5py


class Ranks(ScratchFolder):
    def test_same_bits_at_every_number_of_ranks(self):
        configuration = write_configuration(self.folder / "tiny.cfg", {
            "grid.algorithm": "teacher, gradient-descent, flattest, random-features"})
        reference = self.folder / "alone.h5"
        self.succeed("run", configuration, "-o", reference)
        self.assertEqual(self.assert_whole(reference), 32)
        with h5py.File(reference) as file:
            self.assertEqual(set(file["status"][...].flat), {DONE, NOT_INTERPOLATING, CUT_SHORT})
        for ranks in (1, 2, 3, 5):
            with self.subTest(ranks=ranks):
                results = self.folder / f"{ranks}.h5"
                self.succeed("run", configuration, "-o", results, ranks=ranks)
                self.assert_same_results(results, reference)

    def test_same_bits_at_every_number_of_threads(self):
        # In six dimensions the searches use local ascents.
        configuration = write_configuration(self.folder / "six.cfg", {
            "grid.algorithm": "flattest, min-norm, worst", "grid.samples": "24", "grid.seed": "0",
            "grid.noise": "0.1", "grid.width": "30", "problem.dimension": "6"})
        reference = self.folder / "one.h5"
        self.succeed("run", configuration, "-o", reference)
        for threads, ranks in ((2, 0), (5, 2)):
            with self.subTest(threads=threads, ranks=ranks):
                results = self.folder / f"threads-{threads}.h5"
                self.succeed("run", configuration, "-o", results, "--threads", str(threads),
                             ranks=ranks)
                self.assert_same_results(results, reference)
        many = self.flatgrid("run", configuration, "-o", self.folder / "many.h5", "--threads", "1000",
                             "--set", "grid.algorithm=teacher")
        self.assertRegex(many.stderr, r"warning: --threads 1000: a rank may use only \d+ core")

    def test_training_as_it_is_practised(self):
        """Adam, weight decay and all kinds of batches give the same bits with any number of ranks, and after kills."""
        configuration = write_configuration(self.folder / "practised.cfg", {
            "grid.algorithm": "adam, adam(batches=draws, weight-decay=1e-3, polish=no), sgd(batches=draws), "
                              "sgd(batches=whole-epochs, weight-decay=1e-3), gradient-flow(weight-decay=0.01), "
                              "sam(batches=whole-epochs, weight-decay=0.01, polish=no)",
            "training.batch": "5", "training.steps": "3000"})
        reference = self.folder / "practised.h5"
        begin = time.monotonic()
        self.succeed("run", configuration, "-o", reference, ranks=1)
        duration = time.monotonic() - begin
        self.assertEqual(self.assert_whole(reference), 48)
        for ranks in (0, 3):
            self.succeed("run", configuration, "-o", f"practised-{ranks}.h5", ranks=ranks)
            self.assert_same_results(self.folder / f"practised-{ranks}.h5", reference)
        killed = self.folder / "killed.h5"
        for _ in range(4):
            process = self.start("run", configuration, "-o", killed, ranks=2)
            time.sleep(0.2 * duration)
            kill_session(process)
        self.succeed("run", configuration, "-o", killed, ranks=2)
        self.assert_same_results(killed, reference)
        self.succeed("verify", reference, "--recompute")

    def test_more_ranks_than_points(self):
        configuration = write_configuration(
            self.folder / "two.cfg",
            {"grid.algorithm": "teacher", "grid.noise": "0", "grid.width": "20"})
        for ranks in (0, 5):
            self.succeed("run", configuration, "-o", f"two-{ranks}.h5", ranks=ranks)
        self.assertEqual(self.assert_whole(self.folder / "two-5.h5"), 2)
        self.assert_same_results(self.folder / "two-5.h5", self.folder / "two-0.h5")

    def test_running_again_changes_nothing(self):
        configuration = write_configuration(self.folder / "again.cfg")
        results = self.folder / "again.h5"
        self.succeed("run", configuration, "-o", results, ranks=2)
        with h5py.File(results) as file:
            seconds = file["seconds"][...].tobytes()
        before = contents(results)
        for ranks in (0, 3):
            self.succeed("run", configuration, "-o", results, ranks=ranks)
            self.assertEqual(contents(results), before)
            with h5py.File(results) as file:
                self.assertEqual(file["seconds"][...].tobytes(), seconds, "a point was recomputed")

    def test_overrides_make_the_same_campaign_as_the_file(self):
        plain = write_configuration(self.folder / "plain.cfg")
        changed = write_configuration(self.folder / "changed.cfg", {"training.steps": "60"})
        self.succeed("run", plain, "-o", "set.h5", "--set", "training.steps=60", ranks=2)
        self.succeed("run", changed, "-o", "file.h5", ranks=2)
        self.assert_same_results(self.folder / "set.h5", self.folder / "file.h5")
        self.succeed("run", changed, "-o", "set.h5")


if __name__ == "__main__":
    unittest.main()
