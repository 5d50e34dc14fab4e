#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad input of every kind: one line on standard error that names the file, key and value, exit code 2,
nothing on the disk changed, no hang, at any number of ranks."""

import os
import unittest

import h5py
import numpy

from flatgrid_program import BAD_INPUT, ScratchFolder, snapshot, write_configuration

# Impossible configurations: changes to a good one, and what the message must name.
CONFIGURATIONS = [
    ({"grid.width": "-3"}, ["grid.width", "-3"]),
    ({"grid.width": "0"}, ["grid.width", "0"]),
    ({"grid.width": "1.5"}, ["grid.width", "1.5"]),
    ({"grid.width": "wide"}, ["grid.width", "wide"]),
    ({"grid.width": "20 40"}, ["grid.width", "20 40"]),
    ({"grid.width": "20,,40"}, ["grid.width", "20,,40"]),
    ({"grid.width": "20,40,"}, ["grid.width", "20,40,"]),
    ({"grid.width": "99999999999999999999"}, ["grid.width", "99999999999999999999"]),
    ({"grid.width": "20, 40, 20"}, ["grid.width", "20"]),
    ({"grid.width": "2"}, ["grid.width", "2"]),
    ({"grid.width": ""}, ["grid.width"]),
    ({"grid.width": None}, ["grid.width"]),
    ({"grid.seed": "1..0"}, ["grid.seed", "1..0"]),
    ({"grid.seed": "1.."}, ["grid.seed", "1.."]),
    ({"grid.seed": "0...3"}, ["grid.seed", "0...3"]),
    ({"grid.seed": "0..2, 1"}, ["grid.seed", "1"]),
    ({"grid.seed": "-1"}, ["grid.seed", "-1"]),
    ({"grid.seed": "0..999999999999"}, ["grid.seed"]),
    ({"grid.noise": "abc"}, ["grid.noise", "abc"]),
    ({"grid.noise": "-0.1"}, ["grid.noise", "-0.1"]),
    ({"grid.noise": "nan"}, ["grid.noise", "nan"]),
    ({"grid.noise": "inf"}, ["grid.noise", "inf"]),
    ({"grid.noise": "0.1x"}, ["grid.noise", "0.1x"]),
    ({"grid.noise": "0.1, 0.10"}, ["grid.noise", "0.1"]),
    ({"grid.algorithm": "gradient-decent"}, ["grid.algorithm", "gradient-decent"]),
    ({"grid.algorithm": "lazy, lazy"}, ["grid.algorithm", "lazy"]),
    ({"grid.samples": "0"}, ["grid.samples", "0"]),
    ({"grid.colour": "red"}, ["grid.colour"]),
    ({"trainig.steps": "100"}, ["trainig.steps"]),
    ({"problem.dimension": "0"}, ["problem.dimension", "0"]),
    ({"problem.dimension": "three"}, ["problem.dimension", "three"]),
    ({"problem.indices": "5"}, ["problem.indices", "5"]),
    ({"problem.coefficients": "1, 2"}, ["problem.coefficients"]),
    ({"problem.inputs": "cauchy"}, ["problem.inputs", "cauchy"]),
    ({"problem.link": "cosine"}, ["problem.link", "cosine"]),
    ({"problem.directions": "crooked"}, ["problem.directions", "crooked"]),
    ({"network.activation": "gelu"}, ["network.activation", "gelu"]),
    ({"training.steps": "-5"}, ["training.steps", "-5"]),
    ({"training.learning-rate": "fast"}, ["training.learning-rate", "fast"]),
    ({"training.learning-rate": "-0.1"}, ["training.learning-rate", "-0.1"]),
    ({"training.interpolation-tolerance": "0"}, ["training.interpolation-tolerance", "0"]),
    ({"training.precision": "half"}, ["training.precision", "half"]),
    ({"output.networks": "maybe"}, ["output.networks", "maybe"]),
    ({"output.history": "-1"}, ["output.history", "-1"]),
    ({"output.writer": "pigeon"}, ["output.writer", "pigeon"]),
]

# Files that are no configuration at all: their bytes, and what the message must name.
FILES = [
    (b"", ["grid.algorithm"]),
    (b"\x00\xff\x7fELF" + bytes(range(256)) * 20, []),
    (b"[grid\nalgorithm = teacher\n", ["[grid"]),
    (b"a line that says nothing\n", ["a line that says nothing"]),
    (b"algorithm = teacher\n", ["algorithm"]),
    (b"[grid]\nwidth = 20\nwidth = 40\n", ["grid.width"]),
    (b"[grid]\nwidth = 20\n[problem]\ndimension = 3\n[grid]\nwidth = 20\n", ["grid.width"]),
]

# The commands that look at a results file.
ONE_PROCESS = ("status", "export", "verify", "rescale")

# Command lines in a folder that setUpClass furnishes, and what the message must name.
COMMAND_LINES = [
    ("", []),
    ("frobnicate", ["frobnicate", "flatgrid help"]),
    ("statsu good.h5", ["statsu", "did you mean 'status'?"]),
    ("help frobnicate", ["frobnicate", "flatgrid help"]),
    ("help training.step", ["training.step", "did you mean 'training.steps'?"]),
    ("help run plan", ["plan"]),
    ("help --man frobnicate", ["frobnicate"]),
    ("help --completions", ["did you mean '--completion'?"]),
    ("status good.h5 --wach", ["did you mean '--watch'?"]),
    ("plan good.cfg --rank 2", ["--rank", "did you mean '--ranks'?"]),
    ("run good.cfg -o new.h5 --set grid.algorithm=gradient_descent",
     ["grid.algorithm", "did you mean 'gradient-descent'?"]),
    ("run good.cfg -o new.h5 --set grid.algorithm=teacher,lasy",
     ["'lasy' is not one", "did you mean 'lazy'?"]),
    ("export good.h5 --where", ["--where"]),
    ("export good.h5 --where lazy", ["--where 'lazy'", "AXIS=VALUE"]),
    ("export good.h5 --where noise=7", ["--where 'noise=7'", "is not on the axis"]),
    ("export good.h5 --where nois=0", ["did you mean 'noise'?"]),
    ("export good.h5 --columns population-loss", ["did you mean 'population_loss'?"]),
    ("export good.h5 --columns ,", ["--columns"]),
    ("run", []),
    ("run good.cfg", ["-o"]),
    ("run good.cfg -o", ["-o"]),
    ("run -o new.h5", ["CONFIG"]),
    ("run good.cfg good.cfg -o new.h5", ["run"]),
    ("run good.cfg -o new.h5 --frobnicate", ["--frobnicate"]),
    ("run good.cfg -o new.h5 --set", ["--set"]),
    ("run good.cfg -o new.h5 --set rubbish", ["--set", "rubbish"]),
    ("run good.cfg -o new.h5 --set =5", ["--set"]),
    ("run good.cfg -o new.h5 --set no.such=5", ["--set", "no.such"]),
    ("run good.cfg -o new.h5 --set grid.width=", ["--set", "grid.width"]),
    ("run good.cfg -o new.h5 --set training.steps=many", ["training.steps", "many"]),
    ("run good.cfg -o new.h5 --max-time soon", ["--max-time", "soon"]),
    ("run good.cfg -o new.h5 --max-time 00:61:00", ["--max-time", "00:61:00"]),
    ("run good.cfg -o new.h5 --max-time slurm", ["--max-time slurm", "SLURM_JOB_ID"]),
    ("run good.cfg -o new.h5 --max-time 1h30", ["--max-time", "'1h30'", "90m", "slurm"]),
    ("run good.cfg -o new.h5 --checkpoint-interval 5x", ["--checkpoint-interval", "'5x'"]),
    ("run good.cfg -o new.h5 --threads 0", ["--threads '0'", "whole number"]),
    ("run good.cfg -o new.h5 --part 3/2", ["--part '3/2'", "I/N"]),
    ("run good.cfg -o good.h5 --part 1/2", ["good.h5", "the whole grid", "part 1/2"]),
    ("run good.cfg -o new.h5 --set output.writer=both", ["output.writer", "both"]),
    ("plan good.cfg --ranks 0", ["--ranks '0'", "whole number"]),
    ("plan good.cfg --ranks many", ["--ranks 'many'"]),
    ("plan good.cfg --ranks 1.5", ["--ranks '1.5'"]),
    ("plan good.cfg --ranks 2 --cores -1", ["--cores '-1'"]),
    ("plan good.cfg --ranks 2 --measure 0", ["--measure '0'"]),
    ("plan good.cfg --ranks 2 --measure nan", ["--measure 'nan'"]),
    ("plan good.cfg --cores 2", ["--cores", "--ranks"]),
    ("plan good.cfg --max-time 1h", ["--max-time", "--ranks"]),
    ("plan good.cfg --ranks 2 --max-time 1h30", ["--max-time", "'1h30'", "90m", "slurm"]),
    ("plan good.cfg --ranks 2 --max-time 00:00:00", ["--max-time '00:00:00'"]),
    ("plan good.cfg --ranks 2 --max-time slurm", ["--max-time slurm", "SLURM_JOB_ID"]),
    ("merge", ["OUT"]),
    ("merge new.h5", ["PART"]),
    ("merge new.h5 good.h5 missing.h5", ["missing.h5"]),
    ("run missing.cfg -o new.h5", ["missing.cfg"]),
    ("run folder -o new.h5", ["folder"]),
    ("run good.cfg -o missing/new.h5", ["missing"]),
    ("run good.cfg -o good.cfg/new.h5", ["good.cfg"]),
    ("run good.cfg -o folder", ["folder"]),
    ("run good.cfg -o /proc/new.h5", ["/proc/new.h5"]),
    ("run good.cfg -o /dev/full", ["/dev/full"]),
    ("run good.cfg -o pipe", ["pipe"]),
    ("run good.cfg -o dangling.h5", ["dangling.h5"]),
    ("run good.cfg -o good.cfg", ["good.cfg"]),
    ("run good.cfg -o text.h5", ["text.h5"]),
    ("run good.cfg -o empty.h5", ["empty.h5"]),
    ("run good.cfg -o truncated.h5", ["truncated.h5"]),
    ("run good.cfg -o last-byte-missing.h5", ["last-byte-missing.h5"]),
    ("run good.cfg -o foreign.h5", ["foreign.h5"]),
    ("run good.cfg -o without-status.h5", ["without-status.h5", "status"]),
    ("run good.cfg -o of-another-shape.h5", ["of-another-shape.h5", "is damaged"]),
    ("run other.cfg -o good.h5", ["good.h5", "training.steps"]),
    ("plan other.cfg -o good.h5", ["good.h5", "training.steps"]),
    ("plan good.cfg -o truncated.h5", ["truncated.h5"]),
    ("plan good.cfg -o folder", ["folder"]),
    ("plan good.cfg -o missing/new.h5", ["missing/new.h5", "there is no folder missing"]),
    ("plan good.cfg -o good.h5 --part 1/2", ["good.h5", "the whole grid", "part 1/2"]),
    ("plan good.cfg -o new.h5 --part 3/2", ["--part '3/2'"]),
    ("plan good.cfg -o good.h5 --reuse good.h5", ["good.h5", "is the file to be written"]),
    ("plan other.cfg -o new.h5 --reuse good.h5", ["good.h5", "training.steps"]),
    ("plan good.cfg --part 1/2", ["--part", "--output"]),
    ("plan good.cfg --reuse good.h5", ["--reuse", "--output"]),
    ("help intercept", ["intercept", "network.bias = trained gives"]),
    ("help adagrad", ["adagrad", "there is adam alone"]),
    ("help lasy", ["lasy", "did you mean 'lazy'?"]),
    ("run good.cfg -o new.h5 --set network.bias=fixed", ["network.bias", "none, trained, frozen"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=flattest",
     ["network.bias", "must not be frozen for the algorithm flattest"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=teacher",
     ["network.bias", "must not be frozen for the algorithm teacher"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=memorizer",
     ["network.bias", "must not be frozen for the algorithm memorizer"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=approximation",
     ["network.bias", "must not be frozen for the algorithm approximation"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=worst",
     ["network.bias", "must be none for the algorithm worst"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=min-norm",
     ["network.bias", "must be none for the algorithm min-norm"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=random-features "
     "--set random-features.flattest=yes", ["random-features.flattest", "must be no"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=sgd "
     "--set flatness.top-eigenvalue=true", ["flatness.top-eigenvalue", "network.bias = frozen"]),
    ("run good.cfg -o new.h5 --set grid.algorithm=single-index",
     ["network.bias", "must be frozen for the algorithm single-index"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=single-index "
     "--set problem.indices=2", ["problem.indices", "must be 1 for the algorithm single-index"]),
    ("run good.cfg -o new.h5 --set network.bias=frozen --set grid.algorithm=single-index "
     "--set network.activation=abs --set problem.indices=1", ["network.activation", "must be relu"]),
    ("run good.cfg -o new.h5 --set problem.link=kinks --set grid.algorithm=worst",
     ["problem.link", "a link other than kinks"]),
    ("run good.cfg -o new.h5 --set problem.information-exponent=5",
     ["problem.information-exponent", "from 1 to 4"]),
    ("run good.cfg -o new.h5 --set network.bias=trained --set grid.algorithm=worst",
     ["network.bias", "must be none for the algorithm worst"]),
    ("run good.cfg -o new.h5 --set network.bias=trained --set grid.algorithm=min-norm",
     ["network.bias", "must be none for the algorithm min-norm"]),
    ("run good.cfg -o new.h5 --set network.bias=trained --set flatness.null-space-radius=true",
     ["flatness.null-space-radius", "network.bias"]),
    ("run good.cfg -o new.h5 --set network.outer=signs",
     ["network.outer = signs", "grid.algorithm", "must be mean-field-langevin", "not teacher"]),
    *[("run good.cfg -o new.h5 --set grid.algorithm=mean-field-langevin --set network.outer=signs " + others,
       ["network.outer = signs", *mentions]) for others, mentions in [
           ("", ["training.polish", "must be no"]),
           ("--set training.polish=no", ["training.learning-rate", "must be a number"]),
           ("--set training.polish=no --set training.learning-rate=0.1 --set flatness.top-eigenvalue=true",
            ["flatness.top-eigenvalue", "must be off"])]],
    ("run good.cfg -o new.h5 --set problem.inputs=gaussian-spiked --set problem.effective-dimension=4",
     ["problem.effective-dimension", "4", "at most problem.dimension = 3"]),
    ("run good.cfg -o new.h5 --set network.depth=3", ["network.depth", "network.layers = L puts"]),
    ("run good.cfg -o new.h5 --set network.layers=1", ["network.layers", "from 2 to 20"]),
    ("run good.cfg -o new.h5 --set network.layers=4 --set network.hidden=2,3,4",
     ["network.hidden", "network.layers - 2 = 2"]),
    ("run good.cfg -o new.h5 --set network.layers=3 --set network.activation=relu2",
     ["network.activation", "relu, leaky-relu or abs for network.layers above 2"]),
    ("run good.cfg -o new.h5 --set network.layers=3 --set network.bias=trained",
     ["network.bias", "must be none for network.layers above 2"]),
    ("run good.cfg -o new.h5 --set network.layers=3 --set grid.algorithm=lazy",
     ["network.layers", "must be 2 for the algorithm lazy"]),
    ("run good.cfg -o new.h5 --set network.layers=3 --set flatness.frobenius-norm=true",
     ["flatness.frobenius-norm", "must be false for network.layers above 2"]),
    ("run good.cfg -o new.h5 --set training.loss=cross-entropy", ["training.loss", "squared error"]),
    ("run good.cfg -o new.h5 --set grid.algorithm=adamw", ["adamw", "a part of the gradient"]),
    ("run good.cfg -o good.h5 --set grid.seed=0..2", ["good.h5", "grid.seed"]),
    ("plan", []),
    ("plan missing.cfg", ["missing.cfg"]),
    ("plan folder", ["folder"]),
    ("rescale good.h5 --width 30", ["--width", "30"]),
    ("rescale good.h5 --factor 0", ["--factor", "0"]),
    *[(f"{command} {arguments}", mentions) for command in ONE_PROCESS for arguments, mentions
      in [("", []), ("missing.h5", ["missing.h5"]), ("folder", ["folder"]), ("text.h5", ["text.h5"]),
          ("empty.h5", ["empty.h5"]), ("truncated.h5", ["truncated.h5"]),
          ("foreign.h5", ["foreign.h5"]), ("without-status.h5", ["without-status.h5", "status"]),
          ("good.h5 good.h5", []), ("good.h5 --frobnicate", ["--frobnicate"])]],
]


class BadInput(ScratchFolder):
    # mpirun kills all ranks at once when the first has exited with an error, not a second later: what
    # is to be said must be said by then.
    environment = {"OMPI_MCA_odls_base_sigkill_timeout": "0"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.folder
        write_configuration(folder / "good.cfg")
        write_configuration(folder / "other.cfg", {"training.steps": "501"})
        cls.succeed("run", "good.cfg", "-o", "good.h5")
        good = (folder / "good.h5").read_bytes()
        (folder / "folder").mkdir()
        (folder / "folder" / "kept.txt").write_text("kept\n")
        (folder / "dangling.h5").symlink_to("missing/new.h5")
        (folder / "text.h5").write_text("These are no results.\n")
        (folder / "empty.h5").touch()
        (folder / "truncated.h5").write_bytes(good[: len(good) // 2])
        (folder / "last-byte-missing.h5").write_bytes(good[:-1])
        os.mkfifo(folder / "pipe")
        with h5py.File(folder / "foreign.h5", "w") as file:
            file["status"] = numpy.zeros(3)
        for name in ("without-status.h5", "of-another-shape.h5"):
            (folder / name).write_bytes(good)
        with h5py.File(folder / "without-status.h5", "a") as file:
            del file["status"]
        with h5py.File(folder / "of-another-shape.h5", "a") as file:
            del file["flatness_trace"]
            file["flatness_trace"] = numpy.zeros((4, 1))

    def refuse(self, arguments, mentions, rank_counts=(0, 3)):
        """`flatgrid ARGUMENTS` is refused as it should be, alone and under mpirun."""
        before = snapshot(self.folder)
        for ranks in rank_counts:
            with self.subTest(arguments=" ".join(arguments), ranks=ranks):
                result = self.flatgrid(*arguments, ranks=ranks, timeout=20)
                # Now and then mpirun's own event loop warns as it takes the ranks down.
                lines = [line for line in result.stderr.splitlines()
                         if not line.startswith("[warn] Epoll")]
                self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
                self.assertEqual(len(lines), 1, result.stderr)
                for mention in mentions:
                    self.assertIn(mention, lines[0])
                self.assertTrue(lines[0].isprintable(), repr(lines[0]))
                self.assertEqual(snapshot(self.folder), before)

    def test_configurations(self):
        for k, (changes, mentions) in enumerate(CONFIGURATIONS):
            write_configuration(self.folder / "bad.cfg", changes)
            # A configuration is read before anything is done with ranks: some of them say it all.
            self.refuse(["run", "bad.cfg", "-o", "new.h5"], ["bad.cfg", *mentions],
                        rank_counts=(0, 3) if k % 8 == 0 else (0,))
            self.refuse(["plan", "bad.cfg"], ["bad.cfg", *mentions], rank_counts=(0,))

    def test_files_that_are_no_configuration(self):
        for content, mentions in FILES:
            (self.folder / "bad.cfg").write_bytes(content)
            self.refuse(["run", "bad.cfg", "-o", "new.h5"], ["bad.cfg", *mentions])

    def test_command_lines(self):
        for line, mentions in COMMAND_LINES:
            of_one_process = line.startswith(("plan", "merge", *ONE_PROCESS))
            self.refuse(line.split(), mentions, rank_counts=(0,) if of_one_process else (0, 3))

    def test_a_name_that_says_nothing(self):
        """An empty argument is a name like any other, of no file."""
        self.refuse(["run", "", "-o", "new.h5"], [])
        self.refuse(["run", "good.cfg", "-o", ""], [])
        self.refuse([""], [])

    def test_at_every_number_of_ranks(self):
        write_configuration(self.folder / "bad.cfg", {"grid.width": "-3"})
        for line, mentions in [("run bad.cfg -o new.h5", ["bad.cfg", "grid.width", "-3"]),
                               ("run missing.cfg -o new.h5", ["missing.cfg"]),
                               ("run good.cfg -o missing/new.h5", ["missing"]),
                               ("run good.cfg -o truncated.h5", ["truncated.h5"]),
                               ("run other.cfg -o good.h5", ["good.h5"])]:
            self.refuse(line.split(), mentions, rank_counts=(1, 2, 5))

    @unittest.skipIf(os.geteuid() == 0, "root may read and write everything")
    def test_permissions(self):
        locked = self.folder / "locked"
        locked.mkdir(mode=0o500)
        (self.folder / "secret.cfg").touch(mode=0o000)
        try:
            self.refuse(["run", "good.cfg", "-o", "locked/new.h5"], ["locked/new.h5"])
            self.refuse(["run", "secret.cfg", "-o", "new.h5"], ["secret.cfg"])
        finally:
            locked.rmdir()
            (self.folder / "secret.cfg").unlink()


if __name__ == "__main__":
    unittest.main()
