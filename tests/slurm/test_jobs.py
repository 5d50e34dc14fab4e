#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The jobs of jobs/ are submitted to a real Slurm with two nodes and interrupted in various ways. Each campaign must
end with the bits of an uninterrupted one."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "end-to-end"))

import private_slurm  # noqa: E402
from flatgrid_program import FLATGRID, REPOSITORY, ScratchFolder  # noqa: E402

# Each point takes about a second.
GRID = {
    "grid.algorithm": "gradient-descent, label-noise-sgd",
    "grid.samples": "200",
    "grid.noise": "0.1",
    "grid.width": "100",
    "grid.seed": "0..6",
    "problem.dimension": "10",
    "training.steps": "20000",
    "training.batch": "200",
    "training.handover-loss": "1e-30",
}

SITE = """
partition={partition}
account=
qos=
time_limit={time_limit}
nodes={nodes}
tasks_per_node={tasks}
cores_per_node=2
threads_per_task={threads}
memory_per_task=
warning_seconds={warning}
extra_options=()
prepare() {{ :; }}
launch=(mpirun)
flatgrid={flatgrid}
"""


class Jobs(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        missing = private_slurm.what_is_missing()
        if missing:
            raise unittest.SkipTest(missing)
        super().setUpClass()
        cls.make_reference(GRID)
        cls.slurm = private_slurm.PrivateSlurm(cls.folder.parent / "slurm")
        cls.addClassCleanup(cls.slurm.stop)
        cls.slurm.start()

    def tearDown(self):
        # Jobs that a failed test has left must not affect the next test.
        self.slurm.ask("scancel", "--user=root")
        self.wait_for_all()

    def submit(self, kind, name, *options, partition="low", time_limit="10", warning=30, nodes=2,
               tasks=2, threads=1, program=FLATGRID):
        """Submits a job with these settings of the site. Returns the results file."""
        results = self.folder / f"{name}.h5"
        site = self.folder / f"{name}-site.sh"
        site.write_text(SITE.format(partition=partition, time_limit=time_limit, warning=warning,
                                    nodes=nodes, tasks=tasks, threads=threads,
                                    flatgrid=shlex.quote(os.path.abspath(program))))
        result = subprocess.run(
            [REPOSITORY / "jobs" / "submit.sh", kind, self.configuration, results, *options],
            env={**self.slurm.environment, "FLATGRID_SITE": str(site)}, cwd=self.folder.parent,
            capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("submitted", result.stdout)
        return results

    def log(self, results):
        logs = [Path(f"{results}.log"), *sorted(Path(f"{results}.parts").glob("*.log"))]
        return "\n".join(path.read_text() for path in logs if path.exists())

    def wait_for(self, condition, what, seconds=90):
        self.slurm.wait_for(condition, what, seconds)

    def wait_for_all(self, seconds=180):
        self.wait_for(lambda: not self.slurm.unfinished(), "the end of all jobs", seconds)

    def finished(self, results):
        """The number of points recorded so far, from `flatgrid export`."""
        # `status` would wait for seconds to see whether the campaign on another host is alive.
        rows = self.flatgrid("export", results, "--columns", "status").stdout.splitlines()[1:]
        return sum(row != "pending" for row in rows)

    def wait_for_points(self, results, count):
        self.wait_for(lambda: results.exists() and self.finished(results) >= count,
                      f"{count} points of {results.name}")

    def running_job(self):
        return self.slurm.ask("squeue", "--noheader", "--states=RUNNING", "--format=%i").split()[0]

    def check_result(self, results):
        """Checks that the jobs have computed the whole campaign to the same bits, and have left no other file."""
        try:
            self.assert_same_results(results, self.reference)
            for rest in ("checkpoints", "running", "attempts"):
                self.assertFalse(Path(f"{results}.{rest}").exists(), rest)
        except (AssertionError, OSError) as error:
            raise AssertionError(f"{error}\n{self.log(results)}\n{self.slurm.logs()}")

    def test_many_nodes(self):
        results = self.submit("many-nodes", "many")
        self.wait_for_points(results, 1)
        # `status` runs outside the job, as on a login node.
        status = self.succeed("status", results)
        self.assertRegex(status, r"running on n[12], process \d+ of job \d+, 4 ranks")
        self.wait_for_all()
        self.check_result(results)
        self.assertIn("the run has ended with exit code 0", self.log(results))

    def test_threads(self):
        results = self.submit("one-node", "threads", tasks="", threads=2)
        self.wait_for_points(results, 1)
        self.assertRegex(self.succeed("status", results), r"of job \d+, 1 rank\b")
        self.wait_for_all()
        self.check_result(results)
        # Neither Slurm nor mpirun has bound the rank to one core.
        self.assertNotIn("a rank may use only", self.log(results))

    def test_array_with_merge(self):
        results = self.submit("array", "array", "--parts", "3")
        self.wait_for_all()
        self.check_result(results)
        self.assertIn("14 of 14 points, from 3 files", self.log(results))

    def test_time_limits(self):
        """A job that Slurm warns of its end requeues itself. A link of a chain gets no warning; it ends by itself 30
        seconds before its limit, and the next link goes on. Both jobs run at the same time, each with one node and one
        rank."""
        limit = self.submit("one-node", "limit", time_limit="1", warning=40, tasks=1)
        chain = self.submit("chain", "chain", time_limit="1", warning=0, nodes=1, tasks=1)
        for results in (limit, chain):
            self.wait_for_points(results, 1)
        # Stopped ranks simulate points that take longer than both limits.
        ranks = [*self.slurm.processes_of("n1", "flatgrid"), *self.slurm.processes_of("n2", "flatgrid")]
        self.assertEqual(len(ranks), 2)
        for rank in ranks:
            os.kill(rank, signal.SIGSTOP)
        time.sleep(35)
        for rank in ranks:
            os.kill(rank, signal.SIGCONT)
        self.wait_for_all()
        self.check_result(limit)
        self.check_result(chain)
        log = self.log(limit)
        self.assertIn("stopping on a signal", log)
        self.assertIn("stopped by SIGUSR1", log)
        self.assertIn("requeued", log)
        log = self.log(chain)
        self.assertIn("stopped by the time limit", log)
        self.assertRegex(log, r"job \d+ continues")

    def test_a_chain_whose_link_is_cancelled(self):
        """Some clusters cancel a job where others requeue it. The next link of a chain goes on in both cases."""
        results = self.submit("chain", "cancelled-link")
        self.wait_for_points(results, 2)
        self.slurm.ask("scancel", self.running_job())
        self.wait_for_all()
        self.check_result(results)

    def test_scancel_with_a_signal(self):
        """An administrator who needs the node can stop a job like this."""
        results = self.submit("many-nodes", "signal")
        self.wait_for_points(results, 2)
        self.slurm.ask("scancel", "--signal=USR1", "--batch", self.running_job())
        self.wait_for_all()
        self.check_result(results)
        self.assertIn("stopped by SIGUSR1", self.log(results))

    def test_scancel_and_submit_again(self):
        """A cancelled job is not requeued. If it is submitted again, it goes on."""
        results = self.submit("many-nodes", "cancel")
        self.wait_for_points(results, 2)
        self.slurm.ask("scancel", self.running_job())
        self.wait_for_all()
        done = self.assert_whole(results)
        self.assertGreaterEqual(done, 2)
        self.assertLess(done, 14)
        self.submit("many-nodes", "cancel")
        self.wait_for_all()
        self.check_result(results)

    def test_preemption(self):
        """A job of a partition of higher priority takes the nodes; the campaign is requeued."""
        results = self.submit("many-nodes", "preempted")
        self.wait_for_points(results, 2)
        first = self.running_job()
        subprocess.run(["sbatch", "--partition=high", "--nodes=2", "--ntasks-per-node=2", "--time=1",
                        "--output=/dev/null", "--wrap=sleep 3"],
                       env=self.slurm.environment, check=True, capture_output=True)
        self.wait_for(lambda: self.slurm.state(first) != ["RUNNING"], "the preemption")
        self.wait_for_all()
        self.check_result(results)

    def test_a_killed_rank(self):
        results = self.submit("many-nodes", "killed-rank")
        self.wait_for_points(results, 2)
        ranks = self.slurm.processes_of("n2", "flatgrid")
        self.assertEqual(len(ranks), 2)
        os.kill(ranks[0], signal.SIGKILL)
        self.wait_for_all()
        self.check_result(results)
        self.assertIn("requeued", self.log(results))

    def test_a_killed_node(self):
        """The power of a node fails; the batch script may or may not run on this node."""
        results = self.submit("many-nodes", "killed-node")
        self.wait_for_points(results, 2)
        self.slurm.kill_node("n2")
        self.slurm.start_node("n2")
        self.wait_for_all()
        self.check_result(results)

    def test_a_chain_whose_results_are_taken_away(self):
        """If the results file disappears in the middle of a link, the next link goes on."""
        results = self.submit("chain", "taken-away")
        self.wait_for_points(results, 2)
        results.unlink()
        self.wait_for_all()
        self.check_result(results)
        log = self.log(results)
        self.assertIn(f"{results}: was removed, renamed or replaced", log)
        self.assertIn("the run has ended with exit code 75", log)
        self.assertRegex(log, r"job \d+ continues")

    def test_three_runs_that_get_nowhere_are_enough(self):
        """A program that ends immediately must not keep a cluster busy."""
        program = self.folder / "dies-at-once"
        program.write_text(f"#!/bin/sh\n[ \"$1\" = run ] || exec {shlex.quote(str(FLATGRID))} \"$@\"\n"
                           "echo a run >&2\nkill -9 $$\n")
        program.chmod(0o755)
        results = self.submit("chain", "nowhere", program=program, time_limit="1", warning=1, nodes=1,
                              tasks=1)
        self.wait_for_all()
        self.assertEqual(self.log(results).count("a run"), 3)
        self.assertIn("three runs in a row have made no progress", self.log(results))


if __name__ == "__main__":
    unittest.main()
