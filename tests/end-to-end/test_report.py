# SPDX-License-Identifier: MIT
"""`flatgrid report`: its numbers against numpy's from the HDF5 file, its folder, and its page in a
browser."""

import csv
import io
import json
import math
import re
import shutil
import statistics
import subprocess
import time
import unittest
import unittest.mock
from itertools import combinations

import h5py
import numpy

from flatgrid_program import (BAD_INPUT, DONE, SUCCESS, WORK_LEFT, ScratchFolder, unwrapped,
                              write_configuration)

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
except ImportError:
    webdriver = None

GRID = {
    "grid.algorithm": "teacher, flattest, gradient-descent, lazy, random-features",
    "grid.samples": "12, 18",
    "grid.noise": "0, 0.2",
    "grid.width": "24",
    "grid.seed": "0..5",
    "problem.dimension": "3",
    "problem.indices": "2",
    # From weights of the usual size descent comes down to the hand-over loss soon, noisy labels and all.
    "training.steps": "50000",
    "training.initial-scale": "1",
    "training.handover-loss": "1e-3",
    "flatness.index-spectrum": "true",
}

# The same samples per dimension as one of GRID's.
SIX_DIMENSIONS = {"grid.samples": "24", "grid.noise": "0", "problem.dimension": "6",
                  "grid.algorithm": "flattest, lazy, random-features"}


def kendall_tau(x, y):
    pairs = [(numpy.sign(x[i] - x[j]), numpy.sign(y[i] - y[j]))
             for i, j in combinations(range(len(x)), 2)]
    untied = [sum(abs(pair[k]) for pair in pairs) for k in (0, 1)]
    return sum(a * b for a, b in pairs) / math.sqrt(untied[0] * untied[1])


class Report(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(GRID)
        with h5py.File(cls.reference) as file:
            cls.algorithms = [name.decode() if isinstance(name, bytes) else name
                              for name in file["algorithm"][...]]
            cls.values = {name: file[name][...] for name in
                          ("status", "flatness_orbit_min", "flatness_trace", "population_loss",
                           "flatness_lower_bound", "flatness_lower_bound_kind")}
            cls.noise = list(file["noise"][...])

    def test_the_table_is_what_numpy_makes_of_the_file(self):
        groups = json.loads(self.succeed("report", self.reference, "--by", "noise", "--json"))["comparisons"]
        self.assertEqual([group["group"]["noise"] for group in groups], self.noise)
        flattest = self.algorithms.index("flattest")
        least = numpy.where(self.values["flatness_lower_bound_kind"][flattest] == 2,
                            self.values["flatness_lower_bound"][flattest],
                            self.values["flatness_orbit_min"][flattest])
        for level, group in enumerate(groups):
            done = self.values["status"][:, :, level] == DONE
            compared = [a for a in range(len(self.algorithms)) if done[a].mean() >= 0.5]
            common = numpy.all(done[compared], axis=0)
            self.assertEqual(group["common"], common.sum())
            self.assertGreater(group["common"], 6)
            rows = {row["algorithm"]: row for row in group["algorithms"]}
            self.assertEqual(sorted(name for name, row in rows.items() if row["compared"]),
                             sorted(self.algorithms[a] for a in compared))
            for a in compared:
                row = rows[self.algorithms[a]]
                self.assertEqual(row["interpolating"], done[a].sum())
                for name, variable in (("flatness_ratio", "flatness_orbit_min"),
                                       ("trace_ratio", "flatness_trace"),
                                       ("population_loss", None)):
                    values = (self.values[variable][a][:, level] / least[:, level]
                              if variable else self.values["population_loss"][a][:, level])[common]
                    median = row["medians"][name]
                    self.assertAlmostEqual(median["value"], numpy.median(values), delta=1e-12 *
                                           numpy.median(values))
                    # Two numbers of samples are two cells.
                    self.assertIsNone(median["low"])
            for variable in ("flatness_orbit_min", "flatness_trace"):
                taus = [kendall_tau(self.values[variable][compared][:, i, level][:, k, s],
                                    self.values["population_loss"][compared][:, i, level][:, k, s])
                        for i, k, s in zip(*numpy.nonzero(common))]
                self.assertAlmostEqual(group["kendall_tau"][variable]["value"], statistics.mean(taus),
                                       delta=1e-9)
        # The noisy teacher is no interpolator: not compared, and the reason is there.
        teacher = next(row for row in groups[1]["algorithms"] if row["algorithm"] == "teacher")
        self.assertFalse(teacher["compared"])
        self.assertTrue(teacher["reason"])

    def test_the_default_tables_are_per_cell_with_intervals_over_the_seeds(self):
        groups = json.loads(self.succeed("report", self.reference, "--where", "algorithm=flattest",
                                         "--json"))["comparisons"]
        self.assertEqual([tuple(group["group"].values()) for group in groups],
                         [(12, 0, 24), (12, 0.2, 24), (18, 0, 24), (18, 0.2, 24)])
        for group, (k, level) in zip(groups, numpy.ndindex(2, 2)):
            flattest = self.algorithms.index("flattest")
            [row] = group["algorithms"]
            losses = self.values["population_loss"][flattest, k, level, 0]
            interval = row["medians"]["population_loss"]
            self.assertEqual(group["common"], 6)
            self.assertAlmostEqual(interval["value"], numpy.median(losses), delta=1e-12)
            # Of six values the range.
            self.assertEqual((interval["low"], interval["high"]), (losses.min(), losses.max()))

    def test_json_has_the_verdicts_of_the_page_and_the_build(self):
        report = json.loads(self.succeed("report", self.reference, "--json"))
        self.assertEqual(report["verdicts"], self.report_of(self.folder / "compared")["verdicts"])
        [file] = report["files"]
        with h5py.File(self.reference) as results:
            self.assertEqual(file["git_commit"], results.attrs["git_commit"])
            self.assertEqual(file["build"], results.attrs["build"])
            self.assertEqual(file["configuration"], results.attrs["config"])

    def report_of(self, folder):
        self.succeed("report", self.reference, "-o", folder)
        page = (folder / "report.html").read_text()
        return json.loads(re.search(r'<script type="application/json" id="report">(.*?)</script>', page,
                                    re.DOTALL)[1])

    def test_the_numbers_behind_the_verdicts_are_what_numpy_makes_of_the_file(self):
        verdicts = self.report_of(self.folder / "judged")["verdicts"]
        findings = {(finding["quantity"], finding["cell"]): finding for verdict in verdicts
                    for finding in verdict["findings"]}
        evidence = {each["what"]: each["value"] for verdict in verdicts
                    for each in verdict["evidence"]}
        flattest = self.algorithms.index("flattest")
        orbit_min, loss = self.values["flatness_orbit_min"], self.values["population_loss"]
        done = self.values["status"] == DONE  # [algorithm, samples, noise, width, seed]
        least = numpy.where(self.values["flatness_lower_bound_kind"][flattest] == 2,
                            self.values["flatness_lower_bound"][flattest], orbit_min[flattest])
        # E f*^2 of z_1+ - z_2+ with orthonormal directions and z standard normal: 1/2 + 1/2 - 2 / 2 pi
        second_moment = 1 - 1 / numpy.pi

        values = {}  # by quantity and cell: a value of each seed, and the statistic of them
        for k, level in numpy.ndindex(2, 2):
            cell = f"samples {(12, 18)[k]}, noise {(0, 0.2)[level]}, width 24"
            here = (k, level, 0)
            for a, name in enumerate(self.algorithms):
                both = done[(a, *here)] & done[(flattest, *here)]
                ratio = (orbit_min[(a, *here)] / least[here])[both]
                against = (loss[(a, *here)] / loss[(flattest, *here)])[both]
                if name in ("lazy", "random-features"):
                    values[f"{name}: median of orbit minimum / least", cell] = (ratio, numpy.median)
                if name not in ("flattest", "teacher"):
                    values[f"{name}: share of data sets with a smaller population loss than the "
                           "flattest's", cell] = (against < 1, numpy.mean)
                if (k, level) == (1, 0) and name in ("lazy", "random-features"):
                    values[f"flattest: population loss / {name}'s", cell] = (1 / against, numpy.median)
            taus = [kendall_tau(orbit_min[(these, *here, s)], loss[(these, *here, s)])
                    for s in range(6) if len(these := numpy.nonzero(done[(slice(None), *here, s)])[0]) >= 3]
            values["tau over all algorithms", cell] = (taus, numpy.mean)
            near = [kendall_tau(orbit_min[(these, *here, s)], loss[(these, *here, s)])
                    for s in range(6) if len(these := numpy.nonzero(
                        done[(slice(None), *here, s)] &
                        (orbit_min[(slice(None), *here, s)] <= 2 * least[(*here, s)]))[0]) >= 3]
            values["tau over 3 or more within 2 times the least", cell] = (near, numpy.mean)
        cell = "samples 18, noise 0, width 24"
        values["flattest: population loss / E f*^2", cell] = (
            loss[flattest, 1, 0, 0] / second_moment, numpy.median)
        values["flattest: population loss / that at 12 samples", cell] = (
            loss[flattest, 1, 0, 0] / loss[flattest, 0, 0, 0], numpy.median)
        both = done[flattest, 1, 0, 0] & done[flattest, 1, 1, 0]
        values["flattest: population loss / that at noise 0.2", cell] = (
            (loss[flattest, 1, 0, 0] / loss[flattest, 1, 1, 0])[both], numpy.median)

        found = 0
        for (quantity, where), (of_seeds, statistic) in values.items():
            finding = findings.get((quantity, where))
            with self.subTest(quantity=quantity, cell=where):
                if finding is None:  # no case of a claim, or nothing to order
                    self.assertTrue("least" in quantity, quantity)
                    continue
                self.assertEqual(finding["data_sets"], len(of_seeds))
                if not len(of_seeds):
                    self.assertEqual(finding["outcome"], "not enough data")
                    continue
                found += 1
                expected = statistic(of_seeds)
                self.assertAlmostEqual(finding["value"], expected, delta=1e-9 * abs(expected))
                self.assertEqual(finding["low"] is None, finding["outcome"] == "not enough data")
                if statistic is numpy.median and len(of_seeds) == 6:
                    self.assertAlmostEqual(finding["low"], min(of_seeds), delta=1e-9 * abs(min(of_seeds)))
                    self.assertAlmostEqual(finding["high"], max(of_seeds), delta=1e-9 * max(of_seeds))
                if quantity.startswith("tau") and len(of_seeds) == 6 and numpy.std(of_seeds) > 0.01:
                    # Student's quantile of 5 degrees of freedom
                    half = 2.570581835636314 * numpy.std(of_seeds, ddof=1) / math.sqrt(6)
                    if finding["comparisons"] == 1:  # else it is widened for the other cells
                        self.assertAlmostEqual(finding["high"] - finding["low"], 2 * half, delta=1e-9)
                # The rule: what the interval excludes.
                if finding["low"] is not None:
                    side = ("above" if finding["low"] > finding["null"] else
                            "below" if finding["high"] < finding["null"] else None)
                    self.assertEqual(finding["outcome"], "undecided" if side is None else
                                     "agrees" if side == finding["claimed"] else "disagrees")
        self.assertGreater(found, 20)
        for what, variable in (("orbit minimum", "flatness_orbit_min"), ("raw trace", "flatness_trace")):
            taus = [kendall_tau(self.values[variable][(these, *where)], loss[(these, *where)])
                    for where in numpy.ndindex(least.shape)
                    if len(these := numpy.nonzero(done[(slice(None), *where)])[0]) >= 3]
            self.assertAlmostEqual(evidence[f"tau of {what} and population loss over all algorithms"],
                                   statistics.mean(taus), delta=1e-9)
        slopes = numpy.log(loss[flattest, 1, 0, 0] / loss[flattest, 0, 0, 0]) / math.log(1.5)
        self.assertAlmostEqual(evidence["flattest: population loss, noise 0: local slope in samples from "
                                        "12 to 18"], slopes.mean(), delta=1e-9)

    def test_csv_has_the_same_numbers(self):
        arguments = ("report", self.reference, "--by", "samples,noise", "--where",
                     "algorithm=lazy,algorithm=flattest", "--variable", "population_loss,steps")
        rows = list(csv.DictReader(io.StringIO(self.succeed(*arguments, "--csv"))))
        groups = json.loads(self.succeed(*arguments, "--json"))["comparisons"]
        self.assertEqual(len(rows), 8)
        of_groups = [(group, row) for group in groups for row in group["algorithms"]]
        for row, (group, entry) in zip(rows, of_groups):
            self.assertEqual(row["algorithm"], entry["algorithm"])
            self.assertEqual(int(row["samples"]), group["group"]["samples"])
            self.assertEqual(float(row["population_loss"]), entry["medians"]["population_loss"]["value"])
            self.assertEqual(float(row["steps"]), entry["medians"]["steps"]["value"])

    def test_misuse_is_one_line(self):
        for arguments, words in (
                (("--by", "sample"), "did you mean 'samples'"),
                (("--by", "algorithm"), "each algorithm is a row already"),
                (("--where", "noise=7"), "not on the axis"),
                (("--variable", "populationloss"), "did you mean 'population_loss'"),
                (("--variable", ""), "names no variable"),
                (("--csv", "--json"), "exclude each other"),
                (("-o", "folder", "--csv"), "writes a page"),
                (("-o", "grid.cfg/folder"), "grid.cfg/folder"),
                (("--open", "--json"), "--open writes a page"),
                (("--point", "seed=1"), "for the page of --output"),
                (("-o", "folder", "--point", "algorithm=teacher,noise=0.2"), "no such point interpolates"),
                (("-o", "folder", "--heat-map", "steps,noise"), "must be VARIABLE,AXIS,AXIS"),
                (("-o", "folder", "--heat-map", "steps,noise,sample"), "did you mean 'samples'"),
                ((self.reference,), "results of one dimension belong in one grid"),
        ):
            with self.subTest(arguments=arguments):
                result = self.flatgrid("report", self.reference, *arguments)
                self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                self.assertIn(words, result.stderr)

    def test_the_folder_has_a_page_and_every_figure_in_five_forms(self):
        folder = self.folder / "a report"
        output = unwrapped(self.succeed("report", self.reference, "-o", folder))
        self.assertIn("Claim 1: ", output)
        # The file has the networks, which were rescaled: the orbit minimum cannot move.
        self.assertRegex(output, r"Rescaling: [a-z ]+\. .* whose largest relative change is (0|\de-1\d)\.")
        # A verdict stands with the interval that decides it.
        self.assertRegex(output, r"Claim 1: agrees\. lazy: median of orbit minimum / least \d+\.?\d* "
                                 r"\[\d+\.?\d*, \d+\.?\d*\] at samples \d+, noise [0.2]+, width 24 is "
                                 r"above 1.1")
        self.assertTrue((folder / "report.html").stat().st_size < 1e6)
        figures = {path.stem for path in (folder / "figures").glob("*.gp")}
        self.assertGreaterEqual(len(figures), 10)
        for name in figures:
            for form, head in (("csv", b""), ("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")):
                content = (folder / "figures" / f"{name}.{form}").read_bytes()
                self.assertTrue(content.startswith(head) and len(content) > 20, f"{name}.{form}")
        self.assertEqual(list((folder / "figures").glob("*.log")), [])
        # A second time, into the same folder.
        self.succeed("report", self.reference, "-o", folder)

    @unittest.skipUnless(shutil.which("gnuplot"), "needs gnuplot")
    def test_the_axes_that_gnuplot_draws_show_every_mark_and_interval(self):
        folder = self.folder / "axes"
        self.succeed("report", self.reference, "-o", folder)
        charts = 0
        for script in sorted((folder / "figures").glob("*.gp")):
            rows = list(csv.DictReader(io.StringIO(script.with_suffix(".csv").read_text())))
            if "series" not in rows[0]:
                continue  # a map: its axes are cells
            charts += 1
            text = script.read_text()
            plot = re.search(r"(?ms)^plot .*?(?=^set terminal)", text)[0]
            result = subprocess.run(
                ["gnuplot"], text=True, capture_output=True, cwd=folder / "figures",
                input=text.split("set terminal")[0] + "set terminal unknown\n" + plot +
                "print GPVAL_X_MIN, GPVAL_X_MAX, GPVAL_Y_MIN, GPVAL_Y_MAX\n")
            self.assertEqual(result.returncode, 0, result.stderr)
            left, right, bottom, top = map(float, result.stderr.split()[-4:])
            for row in rows:
                with self.subTest(chart=script.stem, row=row):
                    self.assertTrue(left < float(row["x"]) < right)
                    for y in filter(None, (row["y"], row["low"], row["high"])):
                        self.assertTrue(bottom < float(y) < top or
                                        ("logscale y" in text and float(y) <= 0))
        self.assertGreater(charts, 8)

    def test_the_worst_function_is_drawn_where_its_error_is_largest(self):
        for dimension in 2, 3:
            with self.subTest(dimension=dimension):
                results, folder = self.folder / f"worst{dimension}.h5", self.folder / f"worst{dimension}"
                configuration = self.folder / f"worst{dimension}.cfg"
                write_configuration(configuration, {
                    "grid.algorithm": "flattest, worst(ratio=1.5|3)", "grid.samples": "14",
                    "grid.noise": "0", "grid.width": "20", "grid.seed": "3",
                    "problem.dimension": str(dimension), "problem.indices": "1"})
                self.succeed("run", configuration, "-o", results)
                self.succeed("report", results, "-o", folder)
                rows = list(csv.DictReader(io.StringIO(
                    (folder / "figures/worst-function.csv").read_text())))
                with h5py.File(results) as file:
                    networks = [(file["networks/width_20/inner"][a, 0, 0, 0],
                                 file["networks/width_20/outer"][a, 0, 0, 0]) for a in range(3)]
                    directions = file["data/index_directions"][0]
                    coefficients = file["data/coefficients"][0]
                    inputs = file["data/inputs"][0]

                def error(network, x):
                    inner, outer = network
                    return (numpy.maximum(x @ inner.T, 0) @ outer
                            - numpy.maximum(x @ directions.T, 0) @ coefficients)

                places = numpy.random.default_rng(1).standard_normal((20000, dimension))
                places /= numpy.linalg.norm(places, axis=1)[:, None]
                largest = numpy.abs(error(networks[2], places)).max()
                drawn = {name: {float(row["x"]): float(row["y"]) for row in rows
                                if row["series"] == name}
                         for name in ("flattest", "worst(ratio=1.5)", "worst(ratio=3)", "samples")}
                self.assertEqual([len(drawn[name]) for name in drawn],
                                 [721, 721, 721, 14 if dimension == 2 else 1])
                at_0 = abs(drawn["worst(ratio=3)"][0])
                self.assertGreater(at_0, largest * (1 - 1e-3))
                self.assertGreater(at_0 * (1 + 1e-6), max(map(abs, drawn["worst(ratio=3)"].values())))
                self.assertGreater(at_0, abs(drawn["worst(ratio=1.5)"][0]))
                self.assertTrue(all(abs(y) < 1e-12 for y in drawn["samples"].values()))
                if dimension == 2:  # all directions: the same largest and smallest error of each
                    angles = numpy.radians(numpy.arange(0, 360, 0.01))
                    circle = numpy.stack([numpy.cos(angles), numpy.sin(angles)], 1)
                    for name, network in zip(list(drawn)[:3], networks, strict=True):
                        errors = error(network, circle)
                        curve = list(drawn[name].values())
                        scale = numpy.abs(errors).max()
                        self.assertAlmostEqual(max(curve), errors.max(), delta=0.05 * scale)
                        self.assertAlmostEqual(min(curve), errors.min(), delta=0.05 * scale)
                    # The angles between samples are those of the data.
                    lines = numpy.sort(numpy.degrees(numpy.arctan2(inputs[:, 1], inputs[:, 0])))
                    gaps = numpy.diff(numpy.append(lines, lines[0] + 360))
                    there = numpy.sort(list(drawn["samples"]))
                    numpy.testing.assert_allclose(
                        numpy.sort(numpy.diff(numpy.append(there, there[0] + 360))),
                        numpy.sort(gaps), atol=1e-6)

    def test_a_chosen_point_and_its_index_spectrum_are_what_numpy_makes_of_the_networks(self):
        folder = self.folder / "chosen"
        self.succeed("report", self.reference, "-o", folder, "--point",
                     "algorithm=gradient-descent,samples=18,noise=0.2,seed=4",
                     "--heat-map", "index_recovery,algorithm,noise")

        def rows(name):
            return list(csv.DictReader(io.StringIO((folder / "figures" / f"{name}.csv").read_text())))

        with h5py.File(self.reference) as file:
            where = (self.algorithms.index("gradient-descent"), 1, 1, 4)
            inner, outer = (file["networks/width_24"][name][where] for name in ("inner", "outer"))
            directions = file["data/index_directions"][4]
            recovery, tail = (file[name][where[:3] + (0, 4)] for name in ("index_recovery", "index_tail"))
            all_recovery = numpy.where(file["status"][...] == DONE, file["index_recovery"][...],
                                       numpy.nan)
        basis = numpy.linalg.qr(directions.T)[0]
        lengths = numpy.linalg.norm(inner @ basis, axis=1) / numpy.linalg.norm(inner, axis=1)
        cosines = (inner / numpy.linalg.norm(inner, axis=1)[:, None]) @ directions.T
        neurons = {int(row["label"].split()[1].rstrip(",")): row for row in rows("neurons")}
        self.assertGreater(len(neurons), 10)
        for j, row in neurons.items():
            self.assertAlmostEqual(float(row["x"]), lengths[j], delta=1e-12)
        self.assertAlmostEqual(sum(float(row["y"]) for row in neurons.values()), 1, delta=1e-12)
        for row in rows("directions"):
            j = int(row["label"].split()[1].rstrip(","))
            self.assertAlmostEqual(float(row["x"]), cosines[j][0], delta=1e-12)
            self.assertAlmostEqual(float(row["y"]), cosines[j][1], delta=1e-12)

        # E grad f grad f^T = sum_jl a_j a_l (pi - angle) / 2 pi w_j w_l^T for relu on Gaussian inputs
        units = inner / numpy.linalg.norm(inner, axis=1)[:, None]
        kernel = (numpy.pi - numpy.arccos(numpy.clip(units @ units.T, -1, 1))) / (2 * numpy.pi)
        weighted = outer[:, None] * inner
        values, vectors = numpy.linalg.eigh(weighted.T @ kernel @ weighted)
        values, vectors = values[::-1], vectors[:, ::-1]
        shares = [float(row["y"]) for row in rows("index-spectrum")
                  if row["series"] == "gradient-descent"]
        numpy.testing.assert_allclose(shares, values / values.sum(), atol=1e-7)
        self.assertAlmostEqual(tail, values[2] / values.sum(), delta=1e-7)
        self.assertAlmostEqual(recovery, ((basis.T @ vectors[:, :2])**2).sum() / 2, delta=1e-6)

        heat_map = (folder / "figures/map-index-recovery-algorithm-noise.csv").read_text().split("\n")
        for line, (level, a) in zip(heat_map[1:], numpy.ndindex(2, len(self.algorithms)), strict=False):
            values = all_recovery[a, :, level].ravel()
            values = values[numpy.isfinite(values)]  # no noisy teacher interpolates
            numpy.testing.assert_allclose(float(line.split(",")[2] or "nan"),
                                          numpy.median(values) if len(values) else numpy.nan,
                                          rtol=1e-12)

    def test_results_of_two_dimensions_are_compared_at_the_same_samples_per_dimension(self):
        other = self.folder / "six.h5"
        configuration = write_configuration(
            self.folder / "six.cfg",
            {**GRID, **SIX_DIMENSIONS})
        self.succeed("run", configuration, "-o", other, ranks=2)
        table = self.succeed("report", self.reference, other, "--by", "")
        self.assertIn("dimension 3: ", table)
        self.assertIn("dimension 6: ", table)
        folder = self.folder / "dimensions"
        output = unwrapped(self.succeed("report", self.reference, other, "-o", folder))
        # Two dimensions make no power law.
        self.assertRegex(output, "Claim 1 with the dimension: not enough data.*which requires 4 .local slope ")
        rows = list(csv.DictReader(io.StringIO(
            (folder / "figures/loss-dimension-0.csv").read_text())))
        lazy = {float(row["x"]): float(row["y"]) for row in rows if row["series"] == "lazy"}
        with h5py.File(other) as file:
            done = file["status"][1, 0, 0, 0] == DONE
            expected = {3: numpy.median(self.values["population_loss"]
                                        [self.algorithms.index("lazy"), 0, 0, 0]),
                        6: numpy.median(file["population_loss"][1, 0, 0, 0][done])}
        self.assertEqual(lazy, expected)

    def test_a_half_finished_file_is_reported_on(self):
        file = self.folder / "half.h5"
        configuration = write_configuration(
            self.folder / "half.cfg", {**GRID, "grid.seed": "0..200"})
        result = self.flatgrid("run", configuration, "-o", file, "--max-time", "2s", ranks=2)
        self.assertEqual(result.returncode, WORK_LEFT, result.stderr)
        self.assertIn("instances", self.succeed("report", file))
        folder = self.folder / "half"
        self.succeed("report", file, "-o", folder)
        self.assertRegex((folder / "report.html").read_text(), r"points are not computed yet")

    def test_without_gnuplot_the_page_comes_all_the_same(self):
        folder = self.folder / "plain"
        with unittest.mock.patch.dict("os.environ", {"PATH": "/nowhere"}):
            result = self.flatgrid("report", self.reference, "-o", folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("gnuplot is not installed", result.stderr)
        self.assertTrue((folder / "report.html").exists())
        self.assertEqual(list((folder / "figures").glob("*.pdf")), [])


class Open(ScratchFolder):
    """`report --open`, with browsers that write down what they are asked to show."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference({"grid.algorithm": "teacher, random-features", "grid.noise": "0", "grid.width": "30"},
                           ranks=0)
        cls.programs = cls.folder / "programs"
        cls.programs.mkdir()

    def program(self, name, ending="exit 0"):
        path = self.programs / name
        path.write_text(f'#!/bin/sh\necho "$@" >"{self.folder}/shown"\necho noise >&2\n{ending}\n')
        path.chmod(0o755)
        return path

    def report(self, *arguments, **variables):
        """What --open says on standard error, and what was shown."""
        environment = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": "", "PATH": "/nowhere", **variables}
        with unittest.mock.patch.object(type(self), "environment", environment):
            result = self.flatgrid("report", *arguments)
        self.assertEqual(result.returncode, SUCCESS, result.stderr)
        shown = self.folder / "shown"
        text = shown.read_text() if shown.exists() else None
        shown.unlink(missing_ok=True)
        return [line for line in result.stderr.splitlines() if "gnuplot" not in line], text

    def test_the_browser_shows_the_page(self):
        page = self.folder / "page/report.html"
        browser = self.program("browser")
        arguments = (self.reference, "-o", "page", "--open")
        self.assertEqual(self.report(*arguments, BROWSER=str(browser)), ([], f"{page}\n"))
        self.assertEqual(self.report(*arguments, BROWSER=f"{browser} --new"), ([], f"--new {page}\n"))
        self.program("xdg-open")
        for display in ("DISPLAY", "WAYLAND_DISPLAY"):
            self.assertEqual(self.report(*arguments, PATH=str(self.programs), **{display: ":0"}),
                             ([], f"{page}\n"))
        # One that stays is not waited for.
        self.program("xdg-open", "exec /bin/sleep 60")
        begin = time.monotonic()
        self.assertEqual(self.report(*arguments, PATH=str(self.programs), DISPLAY=":0"), ([], f"{page}\n"))
        self.assertLess(time.monotonic() - begin, 30)

    def test_without_output_the_page_is_beside_the_results(self):
        page = self.folder / "reference/report.html"
        self.assertEqual(self.report("reference.h5", "--open", BROWSER=str(self.program("browser"))),
                         ([], f"{page}\n"))
        self.assertTrue(page.exists())
        shutil.copy(self.reference, self.folder / "bare")
        for files in (["bare"], ["reference.h5", "bare"]):
            result = self.flatgrid("report", *files, "--open")
            self.assertEqual((result.returncode, result.stderr), (
                BAD_INPUT, "flatgrid: report: --open: give the folder of the page with --output\n"))

    def test_where_there_is_no_browser_a_line_names_the_page(self):
        failing = self.program("failing", "exit 4")
        (self.programs / "xdg-open").unlink(missing_ok=True)
        for reason, variables in (
                ("there is no display (DISPLAY, WAYLAND_DISPLAY), and BROWSER is not set", {}),
                ("xdg-open is not installed", {"DISPLAY": ":0"}),
                ("no-such-browser is not installed", {"BROWSER": "no-such-browser"}),
                (f"{failing} failed", {"BROWSER": str(failing)})):
            said, _ = self.report("reference.h5", "-o", "unseen", "--open", **variables)
            self.assertEqual(said, [f"flatgrid: report: --open: {reason}; open unseen/report.html in a browser"])
            self.assertTrue((self.folder / "unseen/report.html").exists())


@unittest.skipUnless(webdriver and shutil.which("chromium") and shutil.which("chromedriver"),
                     "needs chromium, chromium-driver and python3-selenium")
class Page(ScratchFolder):
    """The page as a browser without network shows it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(GRID)
        cls.succeed("report", cls.reference, "-o", cls.folder / "report")
        six = write_configuration(cls.folder / "six.cfg", {**GRID, **SIX_DIMENSIONS})
        cls.succeed("run", six, "-o", cls.folder / "six.h5", ranks=2)
        cls.succeed("report", cls.reference, "six.h5", "-o", cls.folder / "dimensions")
        many = write_configuration(cls.folder / "many.cfg", {
            "grid.algorithm": "random-features, memorizer, lazy", "grid.seed": "0..39",
            "grid.samples": "12, 18, 24", "grid.noise": "0, 0.1, 0.2", "grid.width": "24",
            "training.steps": "10"})
        cls.succeed("run", many, "-o", cls.folder / "many.h5", ranks=2)
        cls.succeed("report", "many.h5", "-o", cls.folder / "many",
                    "--heat-map", "population_loss,seed,algorithm",
                    "--heat-map", "population_loss,seed,samples")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu",
                         "host-resolver-rules=MAP * ~NOTFOUND", f"user-data-dir={cls.scratch}/chromium"):
            options.add_argument(f"--{argument}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        cls.browser = webdriver.Chrome(options=options)
        cls.addClassCleanup(cls.browser.quit)

    def open(self, width, report="report"):
        # The window of a headless browser cannot be as narrow as a telephone: its view can.
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.browser.get((self.folder / report / "report.html").as_uri())

    def test_every_chart_is_drawn_without_an_error_at_any_width(self):
        for report, least, width in [("report", 8, 1280), ("report", 8, 800), ("report", 8, 400),
                                     ("dimensions", 2, 1280), ("dimensions", 2, 400)]:
            with self.subTest(report=report, width=width):
                self.open(width, report)
                self.assertEqual(self.browser.get_log("browser"), [])
                canvases = self.browser.find_elements(By.TAG_NAME, "canvas")
                self.assertGreaterEqual(len(canvases), least)
                painted = self.browser.execute_script("""
                    return [...document.querySelectorAll('canvas')].map(canvas => new Set(new Uint32Array(
                        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size);""")
                self.assertTrue(all(colors > 10 for colors in painted), painted)
                # Nothing sticks out of the window, and no chart out of its figure.
                self.assertLessEqual(self.browser.execute_script(
                    "return document.documentElement.scrollWidth"), width)
                self.assertTrue(self.browser.execute_script("""
                    return [...document.querySelectorAll('canvas')].every(canvas => {
                        const inner = canvas.getBoundingClientRect();
                        const outer = canvas.closest('figure').getBoundingClientRect();
                        return inner.left >= outer.left && inner.right <= outer.right; });"""))

    def test_every_mark_lies_within_the_axes_of_its_chart(self):
        for report in ["report", "dimensions"]:
            with self.subTest(report=report):
                self.open(1280, report)
                marks, outside = self.browser.execute_script("""
                    let marks = 0;
                    const outside = [];
                    for (const canvas of document.querySelectorAll('canvas')) {
                        const chart = Chart.getChart(canvas);
                        const shows = (axis, value) => (axis.type === 'logarithmic' && value <= 0) ||
                                                       (axis.min <= value && value <= axis.max);
                        for (const {label, data} of chart.data.datasets)
                            for (const {x, y, low, high} of data) {
                                ++marks;
                                if (!shows(chart.scales.x, x) ||
                                    ![y, low ?? y, high ?? y].every(value => shows(chart.scales.y, value)))
                                    outside.push([canvas.ariaLabel, label, x, y]);
                            }
                    }
                    return [marks, outside];""")
                self.assertGreater(marks, 10)
                self.assertEqual(outside, [])

    def test_ticks_are_numbers_that_people_write(self):
        values_of_grid = set(GRID["grid.samples"].split(", "))
        superscripts = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
        for report in ["report", "dimensions"]:
            self.open(1280, report)
            axes = self.browser.execute_script("""
                return [...document.querySelectorAll('canvas')].flatMap(canvas =>
                    ['x', 'y'].map(axis => Chart.getChart(canvas).scales[axis].ticks.map(
                        tick => [tick.label, tick.value])));""")
            self.assertGreater(len(axes), 3)
            for ticks in axes:
                with self.subTest(report=report, ticks=ticks):
                    self.assertGreater(len(ticks), 1)
                    for label, value in ticks:
                        mantissa, _, power = label.rpartition("10") if "⁰" <= label[-1] or label[-1] in "¹²³" \
                            else (label, "", "")
                        number = float(mantissa.rstrip("×") or 1) * 10.0**int(power.translate(superscripts) or 0)
                        self.assertAlmostEqual(number, value, delta=1e-9 * abs(value))
                        digits = re.sub(r"^[-0.]+|\.", "", mantissa)
                        self.assertTrue(label in values_of_grid or len(digits.rstrip("0")) <= 2, label)

    def test_an_algorithm_has_one_colour_and_mark_everywhere(self):
        looks = {}
        for report in ["report", "dimensions", "many"]:
            self.open(1280, report)
            for label, *look in self.browser.execute_script("""
                    return [...document.querySelectorAll('canvas')].flatMap(canvas =>
                        Chart.getChart(canvas).data.datasets.map(dataset => [dataset.label,
                            dataset.borderColor, dataset.pointStyle, dataset.rotation,
                            dataset.backgroundColor === 'transparent']));"""):
                looks.setdefault(label, set()).add(tuple(look))
        algorithms = {*GRID["grid.algorithm"].split(", "), "memorizer"} & looks.keys()
        self.assertGreaterEqual(len(algorithms), 5)
        self.assertEqual({name for name in algorithms if len(looks[name]) != 1}, set())
        self.assertEqual(len(set.union(*(looks[name] for name in algorithms))), len(algorithms))

    def test_maps_are_whole(self):
        for report, width in [("report", 1280), ("many", 1280)]:
            self.open(width, report)
            maps = self.browser.execute_script("""
                return [...document.querySelectorAll('.maps .scroll')].map(map => [
                    map.closest('figure').id, map.scrollWidth - map.clientWidth,
                    map.querySelector('tbody tr').children.length - 1,
                    [...map.querySelectorAll('th')].some(cell => cell.scrollWidth > cell.clientWidth + 1)]);""")
            self.assertGreater(len(maps), 2)
            for name, hidden, columns, cut in maps:
                with self.subTest(map=name, columns=columns):
                    self.assertLessEqual(hidden, 0)
                    self.assertFalse(cut)
        self.assertIn(40, [columns for _, _, columns, _ in maps])

    def test_hovering_tells_the_point_and_the_legend_hides_a_series(self):
        self.open(1280)
        place = self.browser.execute_script("""
            const chart = Chart.getChart(document.querySelector('#orbit-minimum canvas'));
            const mark = chart.getDatasetMeta(0).data[0];
            chart.canvas.scrollIntoView({block: 'center'});
            return [mark.x - chart.canvas.clientWidth / 2, mark.y - chart.canvas.clientHeight / 2];""")
        canvas = self.browser.find_element(By.CSS_SELECTOR, "#orbit-minimum canvas")
        ActionChains(self.browser).move_to_element_with_offset(canvas, *map(round, place)).perform()
        tooltip = self.browser.execute_script("""
            const tooltip = Chart.getChart(document.querySelector('#orbit-minimum canvas')).tooltip;
            return [tooltip.opacity, JSON.stringify(tooltip.body.concat([{after: tooltip.body.map(b => b.after)}])), tooltip.title[0]];""")
        self.assertGreater(tooltip[0], 0)
        self.assertRegex(tooltip[1], r"samples \d+, noise 0(\.2)?, width 24, seed \d")
        self.assertIn(tooltip[2], GRID["grid.algorithm"])

        place = self.browser.execute_script("""
            const chart = Chart.getChart(document.querySelector('#orbit-minimum canvas'));
            const box = chart.legend.legendHitBoxes[0];
            return [box.left + box.width / 2 - chart.canvas.clientWidth / 2,
                    box.top + box.height / 2 - chart.canvas.clientHeight / 2];""")
        ActionChains(self.browser).move_to_element_with_offset(canvas, *map(round, place)).click().perform()
        self.assertFalse(self.browser.execute_script("""
            return Chart.getChart(document.querySelector('#orbit-minimum canvas')).isDatasetVisible(0);"""))


if __name__ == "__main__":
    unittest.main()
