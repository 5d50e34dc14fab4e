#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Campaigns that are killed or stopped at any moment lose no finished point, never leave an incomplete point, and end
with the bits of an uninterrupted campaign. FLATGRID_KILLS is the number of kills."""

import os
import random
import signal
import time
import unittest
from pathlib import Path

from flatgrid_program import (SUCCESS, WORK_LEFT, ScratchFolder, handles, kill_session,
                              listening_ranks, rank_processes, send, session_members)

# The points are slow, so most random moments fall into a computation.
SLOW = {
    "grid.algorithm": "teacher, gradient-descent, flattest, lazy",
    "grid.samples": "60",
    "grid.width": "80, 100",
    "grid.seed": "0..1",
    "training.steps": "10000",
    "training.handover-loss": "1e-12",
}
KILLS = int(os.environ.get("FLATGRID_KILLS", "5"))


class Interruption(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.duration = cls.make_reference(SLOW, ranks=3)
        cls.random = random.Random(20260604)

    def interrupt(self, results, number, choose_victims):
        """Starts the campaign on three ranks and, at a random moment, sends signal `number` to the
        processes that `choose_victims(mpirun)` returns. Returns the exit code and the seconds from
        the signal to the end of all processes."""
        process = self.start("run", self.configuration, "-o", results, ranks=3)
        time.sleep(self.random.uniform(0, self.duration))
        victims = choose_victims(process)
        begin = time.monotonic()
        send(victims, number)
        try:
            process.communicate(timeout=30)
            return process.returncode, time.monotonic() - begin
        finally:
            kill_session(process)

    def check_readable(self, results):
        """Checks that the file of an interrupted campaign is intact. Returns the number of its points."""
        if not results.exists():
            return 0
        self.succeed("status", results)
        return self.assert_whole(results)

    def finish(self, results):
        self.succeed("run", self.configuration, "-o", results, ranks=3)
        self.assert_same_results(results, self.reference)
        results.unlink()

    def test_sigkill_of_everything(self):
        others = sorted(self.folder.iterdir())
        results = self.folder / "killed.h5"
        kills, finished = 0, 0
        while kills < KILLS:
            code, _ = self.interrupt(results, signal.SIGKILL, session_members)
            if code != -signal.SIGKILL:  # the campaign ended before the signal
                self.assertEqual(code, SUCCESS)
                self.finish(results)
                finished = 0
                continue
            kills += 1
            before, finished = finished, self.check_readable(results)
            self.assertGreaterEqual(finished, before, "finished points were lost")
        self.finish(results)
        # No partly created file and no other file remains.
        self.assertEqual(sorted(self.folder.iterdir()), others)

    def test_sigkill_of_one_rank(self):
        results = self.folder / "one-rank.h5"
        for _ in range(5):
            self.interrupt(results, signal.SIGKILL, lambda process: rank_processes(process)[-1:])
            self.check_readable(results)
        self.finish(results)

    def stop(self, results, number, choose_victims):
        """Checks that a signal stops the campaign within 5 seconds with exit code 75, and that no finished point is
        lost."""
        stops, ends = 0, 0
        while stops < 3:
            code, seconds = self.interrupt(results, number, choose_victims)
            if code == SUCCESS:  # the campaign ended before the signal
                ends += 1
                self.assertLess(ends, 20, "the signal does not reach the ranks")
                self.finish(results)
                continue
            self.assertEqual(code, WORK_LEFT)
            self.assertLess(seconds, 5)
            self.check_readable(results)
            stops += 1
        self.finish(results)

    def test_sigterm_to_all_ranks(self):
        """A batch system stops a job like this."""
        self.stop(self.folder / "all-ranks.h5", signal.SIGTERM,
                  lambda process: listening_ranks(process, signal.SIGTERM))

    def test_sigterm_to_one_rank(self):
        self.stop(self.folder / "one-rank-stopped.h5", signal.SIGTERM,
                  lambda process: listening_ranks(process, signal.SIGTERM)[:1])

    def test_sigusr1_to_mpirun(self):
        """mpirun passes SIGUSR1 on to every rank and leaves the exit code to them."""
        self.stop(self.folder / "sigusr1.h5", signal.SIGUSR1,
                  lambda process: listening_ranks(process, signal.SIGUSR1) and [process.pid])

    def test_sigterm_to_mpirun(self):
        """The mpirun of Open MPI kills the ranks two seconds after a SIGTERM, that of Open MPI 5 a quarter of a second
        after it, and exits with 1 in any case. Finished points must be saved by then."""
        results = self.folder / "mpirun.h5"
        for _ in range(3):
            _, seconds = self.interrupt(results, signal.SIGTERM, lambda process: [process.pid])
            self.assertLess(seconds, 5)
            self.check_readable(results)
        self.finish(results)

    def test_interrupt_from_the_terminal(self):
        """Ctrl-C reaches only the mpirun of Open MPI, which then behaves as on a SIGTERM and sends a SIGTERM to the
        ranks."""
        results = self.folder / "terminal.h5"
        process = self.start("run", self.configuration, "-o", results, "--set", "grid.seed=0..99",
                             ranks=3)
        try:
            self.assertEqual(len(listening_ranks(process, signal.SIGTERM)), 3)
            time.sleep(1)
            send([process.pid], signal.SIGINT)
            _, errors = process.communicate(timeout=5)
        finally:
            kill_session(process)
        self.assertEqual(process.returncode, 1)
        # Open MPI 5 kills after a quarter of a second, so a rank may have to end "during a long operation".
        self.assertRegex(errors, "stopped by SIGTERM or Ctrl-C (with|during) ")
        self.assertFalse(Path(f"{results}.running").exists())
        self.check_readable(results)
        results.unlink()

    def test_max_time(self):
        results = self.folder / "max-time.h5"
        ends = [self.flatgrid("run", self.configuration, "-o", results, "--max-time", "00:00:01",
                              ranks=3)]
        self.assertEqual(ends[0].returncode, WORK_LEFT)
        while ends[-1].returncode == WORK_LEFT and len(ends) < 100:
            self.check_readable(results)
            ends.append(self.flatgrid("run", self.configuration, "-o", results, "--max-time",
                                      "00:00:02", ranks=2))
        self.assertEqual(ends[-1].returncode, SUCCESS)
        self.finish(results)

    def test_signals_alone(self):
        """Signals to one process without mpirun."""
        results = self.folder / "alone.h5"
        for number, name in ((signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")):
            process = self.start("run", self.configuration, "-o", results)
            while not handles(process.pid, number):
                time.sleep(0.01)
            process.send_signal(number)
            _, errors = process.communicate(timeout=5)
            self.assertEqual(process.returncode, WORK_LEFT)
            self.assertIn(f"stopped by {name} with ", errors)
        self.finish(results)


if __name__ == "__main__":
    unittest.main()
