#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A long training that is stopped or killed continues from its checkpoint, and ends with the bits of an
uninterrupted training."""

import os
import resource
import signal
import time
import unittest

from flatgrid_program import (SUCCESS, WORK_LEFT, ScratchFolder, kill_session, rank_processes,
                              send, session_members, write_configuration)

# Two points that take several seconds each.
LONG = {
    "grid.algorithm": "label-noise-sgd",
    "grid.samples": "200",
    "grid.noise": "0.1",
    "grid.width": "100",
    "grid.seed": "1..2",
    "problem.dimension": "10",
    "training.steps": "200000",
    "training.batch": "200",
    "training.handover-loss": "1e-30",
    "flatness.top-eigenvalue": "true",
}


def processor_seconds(pid):
    """The processor time of a process, which does not depend on the load of the machine; 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return int(file.read().rpartition(")")[2].split()[11]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0


class Checkpoints(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        before = cls.processor_seconds_of_children()
        cls.make_reference(LONG)
        # The seconds of a point on this machine, slightly more because the other work of the run is included.
        cls.seconds_of_a_point = (cls.processor_seconds_of_children() - before) / 2

    @staticmethod
    def processor_seconds_of_children():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def run_of(self, results, *options, **keywords):
        return self.flatgrid("run", self.configuration, "-o", results, *options, **keywords)

    def checkpoints(self, results):
        folder = results.with_name(results.name + ".checkpoints")
        return sorted(folder.iterdir()) if folder.exists() else []

    def times_of_checkpoints(self, results):
        try:
            return [path.stat().st_mtime for path in self.checkpoints(results)]
        except FileNotFoundError:  # renamed meanwhile, or removed because its point is finished
            return []

    def stop_in_the_middle(self, results):
        """Starts the campaign and sends SIGTERM to all ranks in the middle of the trainings."""
        process = self.start("run", self.configuration, "-o", results, ranks=2)
        try:
            while process.poll() is None:
                ranks = rank_processes(process)
                if len(ranks) == 2 and all(processor_seconds(rank) > self.seconds_of_a_point / 3
                                           for rank in ranks):
                    break
                time.sleep(0.01)
            begin = time.monotonic()
            send(ranks, signal.SIGTERM)
            process.communicate(timeout=30)
            self.assertLess(time.monotonic() - begin, 5)
            self.assertEqual(process.returncode, WORK_LEFT)
        finally:
            kill_session(process)

    def finish(self, results, **keywords):
        """Runs the campaign to its end, compares it with the reference and returns the standard error."""
        end = self.run_of(results, **keywords)
        self.assertEqual(end.returncode, SUCCESS, end.stderr)
        self.assert_same_results(results, self.reference)
        folder = results.with_name(results.name + ".checkpoints")
        self.assertFalse(folder.exists(), "the checkpoints are left over")
        return end.stderr

    def test_a_stop_keeps_what_was_trained(self):
        results = self.folder / "stopped.h5"
        self.stop_in_the_middle(results)
        self.assertEqual(len(self.checkpoints(results)), 2)
        self.assertEqual(self.finish(results, ranks=3).count("checkpoint"), 0)

    def test_kills_lose_no_more_than_an_interval(self):
        results = self.folder / "killed.h5"
        kills, ended = 0, False
        while not ended:
            begin = time.time()
            process = self.start("run", self.configuration, "-o", results, "--checkpoint-interval",
                                 "00:00:01", ranks=2)
            # Every run is killed after its first checkpoint. Without checkpoints no run would ever end.
            while not (ended := process.poll() is not None):
                if any(written > begin for written in self.times_of_checkpoints(results)):
                    time.sleep(0.1 * (kills % 4))
                    send(session_members(process), signal.SIGKILL)
                    kills += 1
                    break
                time.sleep(0.01)
            kill_session(process)
            self.assertLess(kills, 100)
        self.assertEqual(process.returncode, SUCCESS)
        self.assertGreater(kills, 2)
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
        self.assertIn("belongs to another configuration or build: its point starts again", said)

    def test_no_checkpoint_can_be_written(self):
        """If checkpoints cannot be written, here because a file has the name of their folder, the campaign warns and
        goes on."""
        results = self.folder / "nowhere.h5"
        results.with_name(results.name + ".checkpoints").write_text("in the way")
        end = self.run_of(results, "--checkpoint-interval", "00:00:01", ranks=2)
        self.assertEqual(end.returncode, SUCCESS)
        self.assertIn("cannot write this checkpoint: Not a directory", end.stderr)
        self.assert_same_results(results, self.reference)


if __name__ == "__main__":
    unittest.main()
