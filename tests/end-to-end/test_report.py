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
import unittest
import unittest.mock
from itertools import combinations

import h5py
import numpy

from flatgrid_program import (BAD_INPUT, DONE, WORK_LEFT, ScratchFolder, write_configuration)

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
        groups = json.loads(self.succeed("report", self.reference, "--json"))
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
                    # The draws of numpy's generator are others: the interval is so up to its own error.
                    self.assertLessEqual(median["low"], median["value"])
                    self.assertGreaterEqual(median["high"], median["value"])
                    self.assertGreaterEqual(median["low"], values.min())
                    self.assertLessEqual(median["high"], values.max())
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

    def test_the_numbers_behind_the_verdicts_are_what_numpy_makes_of_the_file(self):
        self.succeed("report", self.reference, "-o", self.folder / "judged")
        page = (self.folder / "judged/report.html").read_text()
        report = json.loads(re.search(r'<script type="application/json" id="report">(.*?)</script>', page,
                                      re.DOTALL)[1])
        found = {each["what"]: each["value"] for verdict in report["verdicts"]
                 for each in verdict["evidence"]}
        flattest = self.algorithms.index("flattest")
        orbit_min, loss = self.values["flatness_orbit_min"], self.values["population_loss"]
        done = self.values["status"] == DONE  # [algorithm, samples, noise, width, seed]
        least = numpy.where(self.values["flatness_lower_bound_kind"][flattest] == 2,
                            self.values["flatness_lower_bound"][flattest], orbit_min[flattest])
        samples = numpy.broadcast_to(numpy.array([12.0, 18.0])[:, None, None, None], least.shape)

        def exponent(x, y):
            return numpy.polyfit(numpy.log(x), numpy.log(y), 1)[0]

        expected = {}
        for name in ("lazy", "random-features"):
            a = self.algorithms.index(name)
            ratio = (orbit_min[a] / least)[done[a]]
            both = done[a] & done[flattest]
            noiseless = both & (numpy.arange(2) == 0)[None, :, None, None]
            expected |= {
                f"{name}: median of orbit minimum / least": numpy.median(ratio),
                f"{name}: least of orbit minimum / least": ratio.min(),
                f"{name}: share of the ratios below 1.1": (ratio < 1.1).mean(),
                f"{name}: median of population loss / flattest's":
                    numpy.median((loss[a] / loss[flattest])[done[a]]),
                f"{name}: exponent of the ratio in samples": exponent(samples[done[a]], ratio),
                f"population loss of the flattest / {name}'s, noise 0":
                    numpy.median((loss[flattest] / loss[a])[noiseless])}
        without_noise = done[flattest][:, 0]
        expected["flattest: exponent of the population loss in samples"] = exponent(
            samples[:, 0][without_noise], loss[flattest][:, 0][without_noise])
        for what, variable in (("orbit minimum", "flatness_orbit_min"), ("raw trace", "flatness_trace")):
            taus = [kendall_tau(self.values[variable][(these, *where)], loss[(these, *where)])
                    for where in numpy.ndindex(least.shape)
                    if len(these := numpy.nonzero(done[(slice(None), *where)])[0]) >= 3]
            expected[f"Kendall's tau of {what} and population loss"] = statistics.mean(taus)
        for what, value in expected.items():
            with self.subTest(what=what):
                self.assertAlmostEqual(found[what], value, delta=1e-9 * abs(value))

    def test_csv_has_the_same_numbers(self):
        arguments = ("report", self.reference, "--by", "samples,noise", "--where",
                     "algorithm=lazy,algorithm=flattest", "--variable", "population_loss,steps")
        rows = list(csv.DictReader(io.StringIO(self.succeed(*arguments, "--csv"))))
        groups = json.loads(self.succeed(*arguments, "--json"))
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
                (("--by", "algorithm"), "rows are algorithms"),
                (("--where", "noise=7"), "not on the axis"),
                (("--variable", "populationloss"), "did you mean 'population_loss'"),
                (("--variable", ""), "names no variable"),
                (("--csv", "--json"), "same time"),
                (("-o", "folder", "--csv"), "writes a page"),
                (("-o", "grid.cfg/folder"), "grid.cfg/folder"),
                (("--point", "seed=1"), "for the page of --output"),
                (("-o", "folder", "--point", "algorithm=teacher,noise=0.2"), "no such point interpolates"),
                (("-o", "folder", "--heat-map", "steps,noise"), "must be VARIABLE,AXIS,AXIS"),
                (("-o", "folder", "--heat-map", "steps,noise,sample"), "did you mean 'samples'"),
                ((self.reference,), "results of one dimension are one grid"),
        ):
            with self.subTest(arguments=arguments):
                result = self.flatgrid("report", self.reference, *arguments)
                self.assertEqual(result.returncode, BAD_INPUT, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                self.assertIn(words, result.stderr)

    def test_the_folder_has_a_page_and_every_figure_in_five_forms(self):
        folder = self.folder / "a report"
        output = self.succeed("report", self.reference, "-o", folder)
        self.assertIn("Claim 1: ", output)
        # The file has the networks, which were rescaled: the orbit minimum cannot move.
        self.assertRegex(output, r"Rescaling: [a-z ]+\. .* moves by (0|\de-1\d) of itself")
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
        output = self.succeed("report", self.reference, other, "-o", folder)
        self.assertIn("Claim 1 with the dimension: ", output)
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
        self.assertIn("no gnuplot here", result.stderr)
        self.assertTrue((folder / "report.html").exists())
        self.assertEqual(list((folder / "figures").glob("*.pdf")), [])


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
