#!/usr/bin/env python3
"""A long training that is stopped or killed in the middle goes on where its checkpoint left it, and ends
with the very bits of one that was left alone."""

import signal
import subprocess
import time
import unittest

import h5py

from flatgrid_program import (SUCCESS, WORK_LEFT, ScratchFolder, kill_session, listening_ranks,
                              send, session_members, write_configuration)

# Two points, of several seconds each.
LONG = {
    "grid.method": "flattest",
    "grid.samples": "200",
    "grid.noise": "0.1",
    "grid.width": "100",
    "grid.seed": "1..2",
    "problem.dimension": "10",
    "training.steps": "120000",
    "training.handover-loss": "1e-30",
    "flatness.top-eigenvalue": "true",
}


class Checkpoints(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configuration = write_configuration(cls.folder / "long.cfg", LONG)
        cls.reference = cls.folder / "reference.h5"
        begin = time.monotonic()
        cls.succeed("run", cls.configuration, "-o", cls.reference, ranks=2)
        cls.duration = time.monotonic() - begin

    def run_of(self, results, *options, **keywords):
        return self.flatgrid("run", self.configuration, "-o", results, *options, **keywords)

    def checkpoints(self, results):
        folder = results.with_name(results.name + ".checkpoints")
        return sorted(folder.iterdir()) if folder.exists() else []

    def stop_in_the_middle(self, results):
        """SIGTERM to all ranks in the middle of the trainings."""
        process = self.start("run", self.configuration, "-o", results, ranks=2)
        try:
            ranks = listening_ranks(process, signal.SIGTERM)
            time.sleep(self.duration / 2)
            begin = time.monotonic()
            send(ranks, signal.SIGTERM)
            process.communicate(timeout=30)
            self.assertLess(time.monotonic() - begin, 5)
            self.assertEqual(process.returncode, WORK_LEFT)
        finally:
            kill_session(process)

    def finish(self, results, **keywords):
        """Returns what the last run has said."""
        end = self.run_of(results, **keywords)
        self.assertEqual(end.returncode, SUCCESS, end.stderr)
        self.assert_same_results(results, self.reference)
        folder = results.with_name(results.name + ".checkpoints")
        self.assertFalse(folder.exists(), "the checkpoints are left over")
        return end.stderr

    def seconds_of(self, results):
        with h5py.File(results) as file:
            return file["seconds"][()].sum()

    def test_a_stop_keeps_what_was_trained(self):
        results = self.folder / "stopped.h5"
        self.stop_in_the_middle(results)
        self.assertEqual(len(self.checkpoints(results)), 2)
        self.assertEqual(self.finish(results, ranks=3).count("checkpoint"), 0)
        # The seconds of a point are those of all its runs.
        self.assertGreater(self.seconds_of(results), 0.5 * self.seconds_of(self.reference))

    def test_kills_lose_no_more_than_an_interval(self):
        results = self.folder / "killed.h5"
        kills = 0
        while True:
            process = self.start("run", self.configuration, "-o", results, "--checkpoint-interval",
                                 "00:00:01", ranks=2)
            try:
                process.wait(timeout=0.6 * self.duration)
            except subprocess.TimeoutExpired:
                send(session_members(process), signal.SIGKILL)
                kills += 1
            kill_session(process)
            if process.returncode == SUCCESS:
                break
            # Without checkpoints no run would ever come to an end.
            self.assertLess(kills, 30)
        self.assertGreater(kills, 0)
        self.finish(results)

    def test_a_damaged_checkpoint_is_ignored(self):
        results = self.folder / "damaged.h5"
        self.stop_in_the_middle(results)
        files = self.checkpoints(results)
        content = bytearray(files[0].read_bytes())
        content[len(content) // 2] ^= 1
        files[0].write_bytes(content)
        files[1].write_bytes(files[1].read_bytes()[:-100])
        said = self.finish(results)
        self.assertIn(f"{files[0].name}: the checkpoint is damaged: its point starts again", said)

    def test_a_checkpoint_of_another_configuration_is_ignored(self):
        results = self.folder / "other.h5"
        other = write_configuration(self.folder / "other.cfg", {**LONG, "problem.dimension": "9"})
        process = self.start("run", other, "-o", results, "--max-time", "00:00:03")
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, WORK_LEFT)
        self.assertEqual(len(self.checkpoints(results)), 1)
        results.unlink()
        said = self.finish(results, ranks=2)
        self.assertIn("is of another configuration or build: its point starts again", said)

    def test_no_checkpoint_can_be_written(self):
        """A file where the folder should be stands for whatever keeps a checkpoint from being
        written: the campaign warns and goes on."""
        results = self.folder / "nowhere.h5"
        results.with_name(results.name + ".checkpoints").write_text("in the way")
        end = self.run_of(results, "--checkpoint-interval", "00:00:01", ranks=2)
        self.assertEqual(end.returncode, SUCCESS)
        self.assertIn("cannot write this checkpoint: Not a directory", end.stderr)
        self.assert_same_results(results, self.reference)


if __name__ == "__main__":
    unittest.main()
