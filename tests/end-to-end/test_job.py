#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""jobs/campaign.sbatch starts the ranks and requeues the job after their end. Scripts replace Slurm and the launchers
of three MPI libraries; tests/slurm has a real Slurm."""

import os
import shlex
import subprocess
import unittest

from flatgrid_program import BAD_INPUT, FLATGRID, REPOSITORY, SUCCESS, WORK_LEFT, ScratchFolder

# For each launcher: a shell pattern of the options that it knows, and its exit code for other options.
LAUNCHERS = {
    "Open MPI 4": ("-np|-q|--oversubscribe", 1),
    "Open MPI 5": ("-np|--oversubscribe", 213),
    "MPICH": ("-np", 255),
}
NOTHING_TO_READ = 1  # an exit code of mpirun itself


class Job(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tools = cls.scratch / "tools"
        cls.tools.mkdir()
        cls.calls = cls.scratch / "calls"
        for name in ("scontrol", "scancel", "sleep"):
            cls.write_tool(name, f'echo {name} "$@" >>{shlex.quote(str(cls.calls))}')
        cls.write_tool("squeue", "echo RUNNING")
        cls.site = cls.scratch / "site.sh"
        site = (REPOSITORY / "jobs" / "site.sh").read_text()
        cls.site.write_text(f"{site}\nflatgrid={shlex.quote(os.path.abspath(FLATGRID))}\n")

    @classmethod
    def write_tool(cls, name, text):
        tool = cls.tools / name
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(0o755)

    def run_job(self, mpirun):
        """Runs a job in which mpirun is the given script. Returns exit code, output and the calls of Slurm."""
        self.write_tool("mpirun", mpirun)
        self.calls.unlink(missing_ok=True)
        result = subprocess.run(
            [REPOSITORY / "jobs" / "campaign.sbatch", REPOSITORY, self.site, "one-node", "my.cfg",
             self.folder / "my.h5"],
            cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            env={**os.environ, "SLURM_JOB_ID": "7", "PATH": f"{self.tools}:{os.environ['PATH']}"})
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        return result.returncode, result.stdout, calls

    def test_every_launcher_starts_the_ranks(self):
        for name, (known, refusal) in LAUNCHERS.items():
            with self.subTest(name):
                code, output, _ = self.run_job(
                    f'case "$1" in {known}) shift 2 ;; -*) exit {refusal} ;; esac\necho starts "$@"')
                self.assertEqual(code, SUCCESS, output)
                self.assertIn(f"starts {os.path.abspath(FLATGRID)} run my.cfg", output)

    def test_only_what_another_run_can_mend_is_requeued(self):
        in_vain = (SUCCESS, BAD_INPUT, 3, 132, 213)  # 132: SIGILL; 213: Open MPI 5 refuses an option
        for code in (*in_vain, NOTHING_TO_READ, WORK_LEFT, 137):
            with self.subTest(code=code):
                ended, output, calls = self.run_job(f"exit {code}")
                self.assertEqual(ended, code, output)
                self.assertEqual("scontrol requeue 7" in calls, code not in in_vain, output)
                self.assertEqual((self.folder / "my.h5.attempts").exists(), code not in in_vain)
                (self.folder / "my.h5.attempts").unlink(missing_ok=True)


if __name__ == "__main__":
    unittest.main()
