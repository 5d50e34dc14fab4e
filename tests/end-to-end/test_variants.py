#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Variants, that is entries of grid.algorithm with settings: their points are those of grids with these settings, with
any number of ranks and after any interruption, and every command names them."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py
import numpy

from flatgrid_program import (BAD_INPUT, SUCCESS, ScratchFolder, kill_session, listening_ranks, send,
                              session_members, snapshot, unwrapped, write_configuration)

GRID = {
    "grid.algorithm": "flattest, sgd, sgd(learning-rate=0.02|auto, polish=no), sam(sam-radius=0.1|0.4), "
                      "lazy(lazy-scale=8)",
    "grid.samples": "16, 24",
    "grid.noise": "0, 0.2",
    "grid.width": "30",
    "grid.seed": "0..1",
    "problem.dimension": "3",
    "training.steps": "20000",
    "training.handover-loss": "1e-4",
    "output.history": "4",
}
# Every entry, and the settings of a configuration with the same points.
ENTRIES = {
    "flattest": {},
    "sgd": {},
    "sgd(learning-rate=0.02, polish=no)": {"training.learning-rate": "0.02", "training.polish": "no"},
    "sgd(learning-rate=auto, polish=no)": {"training.polish": "no"},
    "sam(sam-radius=0.1)": {"training.sam-radius": "0.1"},
    "sam(sam-radius=0.4)": {"training.sam-radius": "0.4"},
    "lazy(lazy-scale=8)": {"training.lazy-scale": "8"},
}


class Variants(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.duration = cls.make_reference(GRID, ranks=2)

    def config(self, name, changes=None):
        return write_configuration(self.folder / f"{name}.cfg", {**GRID, **(changes or {})})

    def results(self, name, changes=None, *options, ranks=0):
        path = self.folder / f"{name}.h5"
        self.succeed("run", self.config(name, changes), "-o", path, *options, ranks=ranks)
        return path

    def test_points_are_those_of_grids_with_these_settings(self):
        with h5py.File(self.reference) as together:
            self.assertEqual(list(together["algorithm"].asstr()), list(ENTRIES))
            for position, (label, settings) in enumerate(ENTRIES.items()):
                algorithm = label.partition("(")[0]
                path = self.results(f"alone-{position}", {"grid.algorithm": algorithm, **settings})
                compared = 0
                with h5py.File(path) as alone:
                    def compare(name, item):
                        nonlocal compared
                        dimensions = [scale[0].name.split("/")[-1] for scale in item.dims if len(scale)] \
                            if isinstance(item, h5py.Dataset) else []
                        # The checksum is of all figures in the file, which has more with flattest on the axis.
                        if "algorithm" not in dimensions or name in ("seconds", "checksum"):
                            return
                        compared += 1
                        self.assertEqual(item[0].tobytes(), together[name][position].tobytes(),
                                         f"{label}: {name}")
                    alone.visititems(compare)
                self.assertGreater(compared, 25)

    def test_a_second_implementation_agrees(self):
        checker = Path(__file__).with_name("check_results_file.py")
        end = subprocess.run([sys.executable, checker, self.reference], capture_output=True, text=True)
        self.assertEqual(end.returncode, 0, end.stderr)
        self.assertIn("every figure of 56 points agree", end.stdout)

    def test_the_settings_are_in_the_file(self):
        with h5py.File(self.reference) as file:
            group = file["variants"]
            self.assertEqual(list(group["algorithm_name"].asstr()),
                             [label.partition("(")[0] for label in ENTRIES])
            self.assertEqual(list(group["training_learning_rate"].asstr()),
                             ["", "auto", "0.02", "auto", "auto", "auto", ""])
            self.assertEqual(list(group["training_sam_radius"].asstr()), ["", "", "", "", "0.1", "0.4", ""])
            self.assertEqual(list(group["training_polish"].asstr()),
                             ["", "yes", "no", "no", "yes", "yes", "yes"])
            self.assertEqual({*group}, {"algorithm", "algorithm_name", "training_learning_rate",
                                        "training_lazy_scale", "training_polish", "training_sam_radius"})

    def test_any_number_of_ranks(self):
        for ranks in (0, 1, 3):
            with self.subTest(ranks=ranks):
                self.assert_same_results(self.results(f"ranks-{ranks}", ranks=ranks), self.reference)

    def test_kill_and_stop(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            results = self.folder / f"interrupted-{number.name}.h5"
            stopped = 0
            for attempt in range(20):
                process = self.start("run", self.configuration, "-o", results, ranks=3)
                try:
                    if number == signal.SIGKILL:
                        time.sleep(self.duration * (0.3 + 0.1 * (attempt % 6)))
                        send(session_members(process), number)
                    else:
                        send(listening_ranks(process, number), number)
                    process.communicate(timeout=60)
                finally:
                    kill_session(process)
                if process.returncode == SUCCESS:
                    if stopped:
                        break
                    results.unlink()  # the signal came too late: try again
                    continue
                stopped += 1
                if results.exists():
                    self.assert_whole(results)
                if stopped == 3:
                    self.succeed("run", self.configuration, "-o", results, ranks=2)
                    break
            self.assertGreater(stopped, 0)
            self.assert_same_results(results, self.reference)
            results.unlink()

    def test_parts_are_merged(self):
        parts = [self.results(f"part-{i}", None, "--part", f"{i}/3") for i in (1, 2, 3)]
        self.succeed("merge", self.folder / "merged.h5", *parts)
        self.assert_same_results(self.folder / "merged.h5", self.reference)

    def test_reuse_takes_the_same_settings_whatever_they_are_called(self):
        old = self.results("old", {"grid.algorithm": "sam, lazy, sgd(learning-rate=0.02, polish=no)",
                                   "training.sam-radius": "0.4"})
        config = self.config("grown")
        path = self.folder / "grown.h5"
        end = self.flatgrid("run", config, "-o", path, "--reuse", old, ranks=2)
        self.assertEqual(end.returncode, SUCCESS, end.stderr)
        # Only sam with its radius of 0.4 is copied. The scale of lazy differs, and so does the sam-radius of sgd,
        # although sgd does not read it.
        self.assertIn("flatgrid: 8 points copied from earlier files, 48 computed\n", end.stderr)
        self.assert_same_results(path, self.reference)

        end = self.flatgrid("run", self.config("less", {"grid.algorithm": "sam(sam-radius=0.4), flattest"}),
                            "-o", self.folder / "less.h5", "--reuse", self.reference)
        self.assertEqual(end.returncode, SUCCESS, end.stderr)
        self.assertIn("flatgrid: 16 points copied from earlier files, 0 computed\n", end.stderr)

    def test_it_goes_on_with_the_same_entries_only(self):
        before = snapshot(self.folder)
        end = self.flatgrid("run", self.configuration, "-o", self.reference, "--set",
                            "grid.algorithm=flattest, sam(sam-radius=0.3)")
        self.assertEqual(end.returncode, BAD_INPUT)
        self.assertIn("grid.algorithm", end.stderr)
        self.assertEqual(snapshot(self.folder), before)
        same = self.flatgrid(
            "run", self.configuration, "-o", self.reference, "--set",
            "grid.algorithm=flattest,sgd,sgd(polish=no,training.learning-rate=2e-2|auto),"
            "sam(sam-radius=.1|.4),lazy(lazy-scale=8)")
        self.assertEqual(same.returncode, SUCCESS, same.stderr)

    def test_bad_input(self):
        for entry, why in {
                "sam(sam-radus=1)": "sam has no setting 'sam-radus'; did you mean 'sam-radius'?",
                "sam(width=1)": "sam does not read 'width', only initialization, steps, ",
                "sam(sam-radius=1": "'(' without ')'",
                "sam, sam(sam-radius=0.05)": "'sam' and 'sam(sam-radius=0.05)' have the same settings"}.items():
            with self.subTest(entry):
                before = snapshot(self.folder)
                end = self.flatgrid("run", self.configuration, "-o", self.folder / "none.h5", "--set",
                                    f"grid.algorithm={entry}")
                self.assertEqual(end.returncode, BAD_INPUT)
                self.assertEqual(end.stderr.count("\n"), 1)
                self.assertTrue(end.stderr.startswith("flatgrid: --set: key 'grid.algorithm': value "),
                                end.stderr)
                self.assertIn(why, end.stderr)
                self.assertEqual(snapshot(self.folder), before)

    def test_plan_tells_the_work_of_each(self):
        plan = self.succeed("plan", self.configuration, "--ranks", "2", "--measure", "0.5")
        shares = {line[4:].rsplit(None, 2)[0]: float(line.split()[-2]) for line in plan.splitlines()
                  if line.startswith("#   ") and line.endswith(" %") and "balance" not in line}
        self.assertEqual({name: share for name, share in shares.items() if name not in ENTRIES}, {})
        self.assertEqual(list(shares), list(ENTRIES))
        self.assertIn("\nalgorithm = flattest, sgd, sgd(learning-rate=0.02, polish=no), ", plan)

    def test_status_show_and_export_name_them(self):
        status = json.loads(self.succeed("status", self.reference, "--json"))
        self.assertEqual(list(status["algorithms"]), list(ENTRIES))
        self.assertIn("\nsgd(learning-rate=auto, polish=no) ", self.succeed("status", self.reference))

        label = "sgd(learning-rate=0.02, polish=no)"
        for point in (f"algorithm={label},samples=16,noise=0,seed=1",
                      f"{label}, samples 16, noise 0, width 30, seed 1"):
            shown = json.loads(self.succeed("show", self.reference, point, "--json"))
            self.assertEqual(shown["point"]["algorithm"], label)
        text = unwrapped(self.succeed("show", self.reference, f"algorithm={label},samples=16,noise=0,seed=1"))
        self.assertIn(f"{label}, samples 16, noise 0, width 30, seed 1", text)

        rows = list(csv.DictReader(io.StringIO(self.succeed("export", self.reference))))
        self.assertEqual(list(dict.fromkeys(row["algorithm"] for row in rows)), list(ENTRIES))
        rows = list(csv.DictReader(io.StringIO(self.succeed(
            "export", self.reference, "--history", "--where", f"algorithm={label},seed=1"))))
        self.assertEqual({row["algorithm"] for row in rows}, {label})
        end = self.flatgrid("export", self.reference, "--where", "algorithm=sam")
        self.assertEqual(end.returncode, BAD_INPUT)
        self.assertIn("is not on the axis, which has flattest, sgd, sgd(learning-rate=0.02, polish=no)",
                      end.stderr)
        self.assertIn(f"{label}, samples 16",
                      unwrapped(self.succeed("rescale", self.reference, "--algorithm", label, "--samples", "16")))

    def test_verify(self):
        self.assertIn("56 of 56 computed points are whole, 56 recomputed", self.succeed("verify", self.reference, "--recompute"))

    def test_report(self):
        folder = self.folder / "report"
        self.succeed("report", self.reference, "-o", folder)
        rows = list(csv.DictReader(io.StringIO(self.succeed("report", self.reference, "--csv"))))
        self.assertLessEqual({row["algorithm"] for row in rows}, {*ENTRIES})
        self.assertIn("sam(sam-radius=0.4)", {row["algorithm"] for row in rows})
        figures = list(folder.rglob("orbit-minimum.csv"))
        self.assertEqual(len(figures), 1)
        series = {row["series"] for row in csv.DictReader(io.StringIO(figures[0].read_text()))}
        self.assertIn("sam(sam-radius=0.1)", series)
        # Variants of an algorithm have the same colour and different marks.
        script = figures[0].with_suffix(".gp").read_text()
        styles = {}
        for line in script.splitlines():
            for name in ("sam(sam-radius=0.1)", "sam(sam-radius=0.4)"):
                if f"title '{name}'" in line:
                    words = line.split()
                    styles[name] = (words[words.index("rgb") + 1], words[words.index("pt") + 1])
        (color, mark), (same_color, other_mark) = styles.values()
        self.assertEqual(color, same_color)
        self.assertNotEqual(mark, other_mark)
        self.assertEqual([path.name for path in folder.rglob("*") if set(path.name) & set("()= ,")], [])


class WithoutVariants(ScratchFolder):
    def test_the_file_has_no_group_for_them(self):
        self.make_reference()
        with h5py.File(self.reference) as file:
            self.assertNotIn("variants", file)


if __name__ == "__main__":
    unittest.main()
