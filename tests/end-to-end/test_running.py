#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Other commands can read the file of a running campaign without disturbing it; a second campaign is refused."""

import os
import re
import subprocess
import time
import unittest

import h5py

from flatgrid_program import (BAD_INPUT, CUT_SHORT, FLATGRID, SUCCESS, ScratchFolder, kill_session,
                              snapshot, unwrapped)

# The grid takes some seconds.
GRID = {
    "grid.algorithm": "gradient-descent, label-noise-sgd",
    "grid.samples": "100",
    "grid.noise": "0.1",
    "grid.width": "100",
    "grid.seed": "0..5",
    "problem.dimension": "10",
    "training.steps": "30000",
    "training.batch": "100",
    "training.handover-loss": "1e-30",
}


class Running(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(GRID)

    def wait_for_points(self, process, results, count):
        """Waits until `count` points are finished."""
        while process.poll() is None:
            if results.exists():
                with h5py.File(results, locking=False) as file:
                    if (file["status"][()] != 0).sum() >= count:
                        return
            time.sleep(0.05)
        self.fail("the campaign was over before it was looked at")

    def with_a_campaign(self, writer):
        results = self.folder / f"{writer}.h5"
        process = self.start("run", self.configuration, "-o", results, "--set",
                             f"output.writer={writer}", ranks=2)
        try:
            self.wait_for_points(process, results, 2)

            # Other commands read the file while the campaign runs.
            text = self.succeed("status", results)
            self.assertIn("running on ", text)
            self.assertIn("2 ranks, since ", text)
            self.assertIn("slowest points:", text)
            for command in ("export", "verify"):
                self.succeed(command, results)

            # A second campaign is refused, at any number of ranks, and changes nothing.
            for ranks in (0, 3):
                second = self.flatgrid("run", self.configuration, "-o", results, ranks=ranks)
                self.assertEqual(second.returncode, BAD_INPUT)
                self.assertIn(f"{writer}.h5.running: another campaign is writing this file: "
                              "process ", second.stderr)
                self.assertEqual(second.stderr.count("\n"), 1, second.stderr)

            for _ in range(20):
                self.succeed("status", results)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
        finally:
            kill_session(process)
        self.assertNotIn("running on", self.succeed("status", results))
        self.assertFalse((self.folder / f"{writer}.h5.running").exists())
        with h5py.File(results) as one, h5py.File(self.reference) as other:
            self.assertTrue((one["status"][()] == CUT_SHORT).all())
            self.assertTrue((one["checksum"][()] == other["checksum"][()]).all())

    def look_from_another_host(self, results, alive):
        """Runs `status` with another host name, and with a wrong modification time of RESULTS.running, as from a file
        server with a wrong clock: recent for a dead campaign, old for a running one."""
        running = results.with_name(results.name + ".running")
        text = running.read_text()
        host = re.search("^host = (.*)$", text, re.MULTILINE)[1]
        wrong = time.time() + (-60 if alive else 7200)
        os.utime(running, (wrong, wrong))
        unshare = ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh"]
        if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
            self.skipTest("may not take another host name here")
        seen = subprocess.run([*unshare, FLATGRID, "status", results], text=True, capture_output=True)
        self.assertEqual(seen.returncode, SUCCESS, seen.stderr)
        self.assertIn(f"belongs to a campaign on {host}; waiting up to 15 seconds", seen.stderr)
        self.assertIn("running on " if alive else "has died: run again", unwrapped(seen.stdout))

    def test_a_living_campaign_is_seen_from_another_host(self):
        results = self.folder / "elsewhere.h5"
        process = self.start("run", self.configuration, "-o", results, "--set",
                             "training.steps=3000000", ranks=2)
        try:
            while not results.exists():  # RESULTS.running exists before the results file
                self.assertIsNone(process.poll())
                time.sleep(0.05)
            self.look_from_another_host(results, alive=True)
        finally:
            kill_session(process)

    def test_parallel(self):
        self.with_a_campaign("parallel")

    def test_gather(self):
        self.with_a_campaign("gather")

    def test_finished_results_need_no_lock(self):
        """A run on a finished file writes nothing, so it works in a folder that cannot be written."""
        before = snapshot(self.folder)
        self.succeed("run", self.configuration, "-o", self.reference)
        self.assertEqual(snapshot(self.folder), before)

    def test_a_killed_campaign_is_told_from_one_that_runs(self):
        results = self.folder / "killed.h5"
        process = self.start("run", self.configuration, "-o", results, ranks=2)
        self.wait_for_points(process, results, 1)
        kill_session(process)
        self.assertIn("has died: run again to continue", unwrapped(self.succeed("status", results)))
        self.look_from_another_host(results, alive=False)
        self.succeed("run", self.configuration, "-o", results, ranks=2)
        self.assert_same_results(results, self.reference)


if __name__ == "__main__":
    unittest.main()
