#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Faults of disks and file systems. A fault before the first point gives exit code 2 and changes nothing. A later
fault gives exit code 75 and one line that says what to repair; all finished points are saved, and the next run ends
with the bits of a run without faults.

Small file systems in memory simulate full disks. Their tests are skipped where they cannot be mounted (with unshare
of util-linux and user namespaces).
"""

import os
import resource
import shutil
import subprocess
import sys
import time
import unittest

import h5py

from flatgrid_program import (BAD_INPUT, WORK_LEFT, ScratchFolder, contents, kill_session,
                              rank_processes, snapshot)

# Eight points that take a few tenths of a second each. Their networks (80 * 11 * 8 bytes) are larger than a page, so
# each network takes space on the disk that was not allocated before.
GRID = {
    "grid.algorithm": "label-noise-sgd",
    "grid.samples": "60",
    "grid.noise": "0.1",
    "grid.width": "80, 100",
    "grid.seed": "0..3",
    "problem.dimension": "10",
    "training.steps": "40000",
    "training.batch": "60",
    "training.handover-loss": "1e-30",
}
IN_NAMESPACE = "FLATGRID_TEST_MAY_MOUNT"


def enter_a_namespace_of_our_own():
    """Starts this program again in a namespace in which it may mount; returns if this is not allowed."""
    command = ["unshare", "--map-root-user", "--mount"]
    try:
        allowed = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                                 capture_output=True).returncode == 0
    except OSError:
        allowed = False
    if allowed:
        os.environ[IN_NAMESPACE] = "1"
        os.execvp(command[0], [*command, sys.executable, *sys.argv])


def figures(path):
    """The contents of a results file, without the difference between the writers."""
    found = contents(path)
    found["/@config"] = found["/@config"].replace("writer = gather", "writer = parallel")
    return found


def needs_mount(test):
    return unittest.skipUnless(os.environ.get(IN_NAMESPACE), "may not mount here")(test)


class Faults(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(GRID)

    def disk(self, name, size):
        """Mounts a file system of `size` bytes, which is unmounted after the test."""
        folder = self.folder / name
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        return folder

    def fill(self, folder):
        """Fills a disk; returns the file that takes its space."""
        ballast = folder / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return ballast

    def has_finished_points(self, results):
        try:
            with h5py.File(results, locking=False) as file:
                return (file["status"][()] != 0).any()
        except BlockingIOError:  # flatgrid is opening the file; HDF5_USE_FILE_LOCKING overrides `locking`
            return False

    def with_fault(self, results, cause, *options, ranks, mentions):
        """Runs a campaign and calls `cause(process)`, which causes a fault, in the middle. The campaign must end with
        exit code 75 and, besides its progress, with one line that contains `mentions`."""
        process = self.start("run", self.configuration, "-o", results, *options, ranks=ranks)
        try:
            while process.poll() is None:
                if results.exists() and self.has_finished_points(results):
                    break
                time.sleep(0.02)
            cause(process)
            _, errors = process.communicate(timeout=30)
        finally:
            kill_session(process)
        self.assertEqual(process.returncode, WORK_LEFT, errors)
        # The MPI-IO of Open MPI also prints a line for a write error.
        lines = [line for line in errors.splitlines()
                 if "% of the work" not in line and not line.startswith("mca_fbtl_posix_")]
        self.assertEqual(len(lines), 1, errors)
        for mention in ("flatgrid: ", "run again", *mentions):
            self.assertIn(mention, lines[0])
        self.assertFalse(results.with_name(results.name + ".running").exists())

    def go_on(self, results, *options, reference=None):
        self.succeed("run", self.configuration, "-o", results, *options, ranks=2)
        self.assertEqual(figures(results), figures(reference or self.reference))

    def limit_file_sizes(self, process):
        """From now on the ranks can only write the first kilobyte of a file."""
        for pid in rank_processes(process) or [process.pid]:
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, most))

    def test_a_limit_on_the_size_of_files(self):
        for ranks, writer in ((0, "parallel"), (3, "parallel"), (3, "gather")):
            with self.subTest(ranks=ranks, writer=writer):
                results = self.folder / f"limited-{ranks}-{writer}.h5"
                option = ("--set", f"output.writer={writer}")
                self.with_fault(results, self.limit_file_sizes, *option, ranks=ranks,
                                mentions=[f"{results}: cannot write", "File too large",
                                          "finished points are saved"])
                self.assertGreater(self.assert_whole(results), 0)
                self.go_on(results)

    def test_a_limit_on_the_size_of_files_from_the_start(self):
        """HDF5 would crash at the end of a program that exceeded the limit while it created a file."""
        needed = self.reference.stat().st_size + (1 << 20)
        for limit in (1 << 10, 20 << 10, 60 << 10, 100 << 10, 150 << 10, needed // 2):
            for writer in ("parallel", "gather"):
                with self.subTest(limit=limit, writer=writer):
                    before = snapshot(self.folder)
                    process = self.start(
                        "run", self.configuration, "-o", "limited.h5", "--set",
                        f"output.writer={writer}",
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
                    _, errors = process.communicate(timeout=60)
                    self.assertEqual(process.returncode, BAD_INPUT, errors)
                    self.assertIn("limited.h5: cannot create: File too large", errors)
                    self.assertIn("ulimit -f", errors)
                    self.assertEqual(errors.count("\n"), 1, errors)
                    self.assertEqual(snapshot(self.folder), before)

    def test_paths_of_any_length(self):
        """Open MPI's shared file pointers, which flatgrid does not use, overflow at 250 characters."""
        for length in (250, 1000, 4000):
            folder = self.folder
            while len(str(folder)) + 101 < length - 10:
                folder /= "d" * 100
            folder.mkdir(parents=True, exist_ok=True)
            results = folder / ("r" * (length - len(str(folder)) - 4) + ".h5")
            self.assertEqual(len(str(results)), length)
            for ranks in (0, 2):
                with self.subTest(length=length, ranks=ranks):
                    self.succeed("run", self.configuration, "-o", results, "--reuse", self.reference,
                                 ranks=ranks)
                    self.assert_same_results(results, self.reference)
                    results.unlink()

    @needs_mount
    def test_shared_memory_that_is_read_only(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", "/dev/shm"], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", "/dev/shm"], check=True)
        for ranks in (0, 1, 2):
            with self.subTest(ranks=ranks):
                results = self.folder / f"shared-{ranks}.h5"
                self.succeed("run", self.configuration, "-o", results, "--reuse", self.reference,
                             ranks=ranks)
                self.assert_same_results(results, self.reference)

    @needs_mount
    def test_a_disk_that_fills_in_the_middle(self):
        """The networks of a part take space on the disk when they are written."""
        part = ("--part", "1/2")
        reference = self.folder / "part.h5"
        self.succeed("run", self.configuration, "-o", reference, *part, ranks=2)
        for ranks, writer in ((0, "parallel"), (2, "parallel"), (2, "gather")):
            with self.subTest(ranks=ranks, writer=writer):
                disk = self.disk(f"disk-{ranks}-{writer}", 64 << 20)
                results = disk / "results.h5"
                self.with_fault(results, lambda _: self.fill(disk), *part, "--set",
                                f"output.writer={writer}", ranks=ranks,
                                mentions=[f"{results}: cannot write", "No space left on device",
                                          "finished points are saved"])
                finished = self.assert_whole(results)
                self.assertGreater(finished, 0)
                # The disk is still full. The next run stops too, and loses no finished point.
                again = self.flatgrid("run", self.configuration, "-o", results, *part, ranks=ranks)
                self.assertEqual(again.returncode, WORK_LEFT, again.stderr)
                self.assertGreaterEqual(self.assert_whole(results), finished)
                (disk / "ballast").unlink()
                self.go_on(results, *part, reference=reference)

    @needs_mount
    def test_a_disk_that_is_full_from_the_start(self):
        for ranks in (0, 2):
            disk = self.disk(f"full-{ranks}", 16 << 10)
            for ballast in (False, True):
                if ballast:
                    self.fill(disk)
                before = snapshot(disk)
                result = self.flatgrid("run", self.configuration, "-o", disk / "results.h5",
                                       ranks=ranks)
                self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
                self.assertIn("results.h5: cannot ", result.stderr)
                self.assertIn("No space left on device", result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                self.assertEqual(snapshot(disk), before)

    @needs_mount
    def test_merging_on_a_full_disk(self):
        disk = self.disk("merge", 64 << 20)
        parts = [self.folder / f"{index}-of-2.h5" for index in (1, 2)]
        for index, part in enumerate(parts, 1):
            self.succeed("run", self.configuration, "-o", part, "--part", f"{index}/2", ranks=2)
        merged = disk / "merged.h5"
        self.assertEqual(self.flatgrid("merge", merged, parts[0]).returncode, WORK_LEFT)
        ballast = self.fill(disk)
        before = snapshot(disk)
        result = self.flatgrid("merge", merged, *parts)
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertIn("merged.h5: cannot ", result.stderr)
        self.assertIn("No space left on device", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(snapshot(disk), before)
        ballast.unlink()
        self.succeed("merge", merged, *parts)
        self.assert_same_results(merged, self.reference)

    def test_results_that_are_removed_in_the_middle(self):
        for ranks in (0, 2):
            results = self.folder / f"removed-{ranks}.h5"
            self.with_fault(results, lambda _: results.unlink(), ranks=ranks,
                            mentions=[f"{results}: was removed, renamed or replaced"])
            self.assertFalse(results.exists())
            self.go_on(results)

    def test_results_that_are_renamed_in_the_middle(self):
        """The renamed file has the finished points, and the campaign continues when it has its name again."""
        results, elsewhere = self.folder / "renamed.h5", self.folder / "elsewhere.h5"
        self.with_fault(results, lambda _: results.rename(elsewhere), ranks=2,
                        mentions=[f"{results}: was removed, renamed or replaced"])
        self.assertGreater(self.assert_whole(elsewhere), 0)
        elsewhere.rename(results)
        self.go_on(results)

    def test_a_folder_that_is_removed_in_the_middle(self):
        folder = self.folder / "removed"
        folder.mkdir()
        results = folder / "results.h5"
        self.with_fault(results, lambda _: shutil.rmtree(folder), ranks=2,
                        mentions=[f"{results}: was removed, renamed or replaced"])
        folder.mkdir()
        self.go_on(results)

    def test_a_lock_that_is_taken_away_in_the_middle(self):
        """RESULTS.running is written every five seconds, so this campaign must take longer."""
        results = self.folder / "unlocked.h5"
        option = ("--set", "grid.seed=0..99")
        self.with_fault(results, lambda _: (self.folder / "unlocked.h5.running").unlink(), *option,
                        ranks=2, mentions=["unlocked.h5.running: was removed or replaced",
                                           "finished points are saved"])
        finished = self.assert_whole(results)
        self.assertGreater(finished, 0)
        end = self.flatgrid("run", self.configuration, "-o", results, *option, "--max-time", "1s",
                            ranks=2)
        self.assertEqual(end.returncode, WORK_LEFT)
        self.assertGreaterEqual(self.assert_whole(results), finished)

    def test_standard_output_that_is_full(self):
        """If the table at the end of a run cannot be printed, the run does not succeed, but no point is lost."""
        results = self.folder / "unprinted.h5"
        for code in (WORK_LEFT, BAD_INPUT):  # the second run has no point to compute
            before = snapshot(self.folder)
            with open("/dev/full", "w") as full:
                process = self.start("run", self.configuration, "-o", results, stdout=full)
                _, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, code, errors)
            self.assertIn("standard output: No space left on device", errors)
            self.assert_same_results(results, self.reference)
        self.assertEqual(snapshot(self.folder), before)

        merged = self.folder / "unprinted-merged.h5"
        with open("/dev/full", "w") as full:
            process = self.start("merge", merged, results, stdout=full)
            _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, WORK_LEFT, errors)
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assert_same_results(merged, self.reference)


if __name__ == "__main__":
    if IN_NAMESPACE not in os.environ:
        enter_a_namespace_of_our_own()
    unittest.main()
