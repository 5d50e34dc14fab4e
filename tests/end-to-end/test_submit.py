#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""jobs/submit.sh refuses a campaign that would fail in every job, and submits nothing in a dry run. A script that
records its arguments replaces sbatch; tests/slurm has a real Slurm."""

import os
import re
import shlex
import subprocess
import unittest

from flatgrid_program import (BAD_INPUT, FLATGRID, REPOSITORY, SUCCESS, ScratchFolder, snapshot,
                              write_configuration)

KINDS = ("one-node", "many-nodes", "array", "chain")


class Submit(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tools = cls.scratch / "tools"
        cls.tools.mkdir()
        cls.calls = cls.scratch / "calls"
        sbatch = cls.tools / "sbatch"
        sbatch.write_text(f"#!/bin/sh\necho \"$@\" >>{shlex.quote(str(cls.calls))}\necho 4711\n")
        sbatch.chmod(0o755)
        cls.site = cls.scratch / "site.sh"
        site = (REPOSITORY / "jobs" / "site.sh").read_text()
        cls.site.write_text(f"{site}\nflatgrid={shlex.quote(os.path.abspath(FLATGRID))}\n")
        write_configuration(cls.folder / "good.cfg")
        write_configuration(cls.folder / "bad.cfg", {"grid.width": "-3"})
        write_configuration(cls.folder / "larger.cfg", {"grid.seed": "0..2"})
        cls.succeed("run", "good.cfg", "-o", "good.h5")
        (cls.folder / "part.h5.parts").mkdir()
        cls.succeed("run", "good.cfg", "-o", "part.h5.parts/2-of-3.h5", "--part", "2/3")
        (cls.folder / "text.h5").write_text("These are no results.\n")

    def submit(self, *arguments):
        """Runs submit.sh ARGUMENTS. Returns the result, and the calls of sbatch."""
        self.calls.unlink(missing_ok=True)
        result = subprocess.run(
            [REPOSITORY / "jobs" / "submit.sh", *arguments], cwd=self.folder, text=True,
            capture_output=True, env={**os.environ, "FLATGRID_SITE": str(self.site),
                                      "PATH": f"{self.tools}:{os.environ['PATH']}"})
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        return result, calls

    def test_what_would_fail_in_every_job_is_refused(self):
        cases = [
            ("one-node bad.cfg new.h5", ["bad.cfg", "grid.width", "-3"]),
            ("one-node missing.cfg new.h5", ["missing.cfg"]),
            ("one-node good.cfg missing/new.h5", ["missing/new.h5", "there is no folder"]),
            ("one-node good.cfg text.h5", ["text.h5", "is not an HDF5 file"]),
            ("many-nodes larger.cfg good.h5", ["good.h5", "grid.seed", "--reuse"]),
            ("chain good.cfg good.h5 --set training.steps=7", ["good.h5", "training.steps"]),
            ("array larger.cfg good.h5", ["good.h5", "grid.seed"]),
            ("array larger.cfg part.h5 --parts 3", ["2-of-3.h5", "grid.seed"]),
            ("one-node good.cfg new.h5 --set training.stepps=7", ["training.stepps"]),
            ("one-node good.cfg new.h5 --set", ["--set needs a value"]),
            ("one-node good.cfg new.h5 --reuse missing.h5", ["--reuse missing.h5"]),
            ("one-node good.cfg new.h5 --reuse text.h5", ["text.h5"]),
            ("one-node good.cfg new.h5 --set training.steps=7 --reuse good.h5",
             ["good.h5", "training.steps"]),
            ("one-node good.cfg new.h5 --parts 3", ["--parts 3", "only an array"]),
            ("array good.cfg new.h5 --parts many", ["--parts 'many'"]),
            ("array good.cfg new.h5 --after 3", ["--after 3", "only a chain"]),
            ("chain good.cfg new.h5 --after x", ["--after 'x'"]),
            ("chain good.cfg new.h5 --dry-run=yes", ["--dry-run=yes"]),
            ("chain good.cfg new.h5 --frobnicate", ["--frobnicate"]),
            ("pair good.cfg new.h5", ["'pair'"]),
            ("one-node good.cfg", ["usage"]),
        ]
        for line, mentions in cases:
            with self.subTest(line=line):
                before = snapshot(self.folder)
                result, calls = self.submit(*line.split())
                self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                for mention in mentions:
                    self.assertIn(mention, result.stderr)
                self.assertEqual(result.stdout, "")
                self.assertEqual(calls, [])
                self.assertEqual(snapshot(self.folder), before)

    def test_a_dry_run_submits_nothing_and_does_not_say_so(self):
        before = snapshot(self.folder)
        for kind in KINDS:
            with self.subTest(kind=kind):
                result, calls = self.submit(kind, "good.cfg", "new.h5", "--dry-run")
                self.assertEqual(result.returncode, SUCCESS, result.stderr)
                self.assertEqual(result.stdout, "nothing was submitted: --dry-run\n")
                commands = [line for line in result.stderr.splitlines() if line.startswith("sbatch ")]
                self.assertEqual(len(commands), 2 if kind == "array" else 1)
                self.assertEqual(calls, [])
                self.assertEqual(snapshot(self.folder), before)

    def test_what_is_in_order_is_submitted(self):
        """A new file, a file or parts to continue, and a larger grid that copies points are submitted."""
        for line, jobs in (("one-node good.cfg new.h5", 1), ("many-nodes good.cfg good.h5", 1),
                           ("chain good.cfg new.h5 --set training.steps=7", 1),
                           ("array good.cfg part.h5 --parts 3", 2), ("array larger.cfg part.h5", 2),
                           ("one-node larger.cfg new.h5 --reuse good.h5", 1)):
            with self.subTest(line=line):
                result, calls = self.submit(*line.split())
                self.assertEqual(result.returncode, SUCCESS, result.stderr)
                self.assertRegex(result.stdout, r"\Asubmitted (job|array) 4711")
                self.assertEqual(len(calls), jobs)

    def test_warnings_of_the_plan_are_passed_on(self):
        result, _ = self.submit("one-node", "good.cfg", "new.h5", "--set", "training.sam-radius=1")
        self.assertEqual(len(re.findall("key 'training.sam-radius': value '1': has no effect",
                                        result.stderr)), 1)
        # The warning is not broken, although it has more than 80 columns.
        self.assertIn("# warning: 4 points of teacher may not interpolate: the target does not fit noisy labels\n",
                      result.stderr)


if __name__ == "__main__":
    unittest.main()
