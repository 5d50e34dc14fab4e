#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The output of a campaign for people and other programs: the file as read by h5py, xarray and ncdump, the CSV export,
the status, the table at the end of `run`."""

import collections
import csv
import io
import json
import math
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest
import unittest.mock
from pathlib import Path

import h5py
import numpy
import xarray

from check_results_file import DIVERGED, GRID, NOT_INTERPOLATING, PLAIN
from flatgrid_program import (BAD_INPUT, REPOSITORY, SUCCESS, WORK_LEFT, ScratchFolder, kill_session,
                              snapshot, unwrapped, write_configuration)

FILES = REPOSITORY / "tests/results/files"
ROOT_ATTRIBUTES = ("title", "flatgrid_version", "git_commit", "build", "config", "created",
                   "Conventions")


# A configuration with every figure.
ALL_FIGURES = {"grid.algorithm": "teacher, flattest, min-norm, worst", "grid.noise": "0", "output.history": "1",
               "flatness.top-eigenvalue": "true", "training.learning-rate": "0.1",
               "flatness.frobenius-norm": "true", "flatness.activation-rates": "true",
               "flatness.tangent-kernel": "true", "flatness.sharpness-radius": "0.1",
               "flatness.trace-probes": "3", "flatness.index-spectrum": "true",
               "flatness.null-space-radius": "true", "flatness.worst-loss-bound": "true"}


# Everything that has a row or a column in a table, with enough seeds for intervals.
MANY = {"grid.algorithm": "teacher, gradient-flow, gradient-descent, sgd, adam, label-noise-sgd, sam, "
                          "mean-field-langevin, lazy, random-features, memorizer, corrupted, flattest, "
                          "approximation",
        "grid.samples": "8, 12", "grid.noise": "0, 0.25", "grid.width": "16, 128", "grid.seed": "0..5",
        "training.steps": "100"}
ONE = {"grid.algorithm": "random-features", "grid.samples": "8", "grid.noise": "0", "grid.width": "16",
       "grid.seed": "0"}


def found_in(file):
    """Paths of all groups and datasets."""
    paths = []
    file.visit(paths.append)
    return paths


class Output(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.results = cls.folder / "results.h5"
        cls.configuration = write_configuration(cls.folder / "tiny.cfg")
        cls.printed = cls.succeed("run", cls.configuration, "-o", cls.results, ranks=2)

    def test_every_figure_recomputed_by_an_independent_program(self):
        check = Path(__file__).with_name("check_results_file.py")
        all_figures = self.folder / "all-figures.h5"
        self.succeed("run", write_configuration(self.folder / "all-figures.cfg", ALL_FIGURES), "-o",
                     all_figures)
        for results in (self.results, all_figures):
            result = subprocess.run([sys.executable, check, results], text=True,
                                    capture_output=True)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_layout(self):
        with h5py.File(self.results) as file:
            for name in ROOT_ATTRIBUTES:
                self.assertNotEqual(file.attrs[name], "", name)
            for name in ("status", "checksum", *PLAIN):
                self.assertEqual(file[name].shape, (4, 1, 2, 2, 2), name)
                self.assertEqual([next(iter(scale.values())).name for scale in file[name].dims],
                                 [f"/{axis}" for axis in GRID])
            self.assertEqual(file["networks/width_20/inner"].shape, (4, 1, 2, 2, 20, 3))
            self.assertEqual(file["networks/width_20/outer"].shape, (4, 1, 2, 2, 20))
            self.assertEqual(file["data/inputs"].shape, (2, 24, 3))
            self.assertEqual(file["data/target"].shape, (2, 24))
            self.assertEqual(file["data/label_noise"].shape, (2, 24))
            self.assertEqual(file["data/index_directions"].shape, (2, 3, 3))
            self.assertEqual(file["data/coefficients"].shape, (2, 3))

            def described(name, item):
                if isinstance(item, h5py.Dataset):
                    self.assertIn("units", item.attrs, name)
                    self.assertIn("long_name", item.attrs, name)
            file.visititems(described)

    def test_xarray(self):
        with xarray.open_dataset(self.results) as data:
            self.assertEqual(list(data["algorithm"].values),
                             ["teacher", "gradient-descent", "lazy", "random-features"])
            self.assertEqual(list(data["width"].values), [20, 40])
            point = data.sel(algorithm="teacher", samples=24, noise=0.0, width=40, seed=1)
            self.assertEqual(float(point["population_loss"]), 0)
            self.assertEqual(data["flatness_orbit_min"].dims, GRID)
            self.assertIn("units", data["flatness_orbit_min"].attrs)

    def test_a_group_opens_by_itself_and_merges_with_the_root(self):
        def load(group=None):
            with xarray.open_dataset(self.results, group=group) as data:
                return data.load()

        root, history, data = load(), load("history"), load("data")
        self.assertEqual(len(root.to_dataframe()), 32)
        curve = history["train_loss_history"].sel(algorithm="lazy", seed=1, width=40)
        self.assertEqual(curve.dims, ("samples", "noise", "step"))
        numpy.testing.assert_array_equal(history["population_loss_history"].isel(step=-1),
                                         root["population_loss"])
        everything = xarray.merge([root, history, data], join="exact")
        labels = everything["target"] + everything["noise"] * everything["label_noise"]
        self.assertEqual(labels.dims, ("seed", "sample", "noise"))
        network = load("networks/width_40").sel(algorithm="teacher", seed=0, noise=0.0, samples=24)
        numpy.testing.assert_allclose(  # rows of the teacher are the target's directions, then zeros
            numpy.abs(network["inner"][:3].values / numpy.linalg.norm(network["inner"][:3], axis=1,
                                                                      keepdims=True)),
            numpy.abs(data["index_directions"].sel(seed=0)), rtol=1e-14)

    def test_ncdump(self):
        header = subprocess.run(["ncdump", "-h", self.results], text=True, capture_output=True)
        self.assertEqual(header.returncode, 0, header.stderr)
        self.assertIn("double flatness_orbit_min(algorithm, samples, noise, width, seed)",
                      header.stdout)
        self.assertIn("group: history {", header.stdout)

    def test_configuration_in_the_file_makes_the_same_campaign(self):
        with h5py.File(self.results) as file:
            (self.folder / "stored.cfg").write_text(file.attrs["config"])
        self.succeed("run", "stored.cfg", "-o", self.results)
        self.assertEqual(self.succeed("plan", "stored.cfg"),
                         self.succeed("plan", self.configuration))

    def test_export_equals_the_datasets(self):
        rows = list(csv.DictReader(io.StringIO(self.succeed("export", self.results))))
        with h5py.File(self.results) as file:
            self.assertEqual(len(rows), file["status"].size)
            for row, index in zip(rows, numpy.ndindex(file["status"].shape)):
                for axis, position in zip(GRID, index):
                    value = file[axis][position]
                    stored = value.decode() if isinstance(value, bytes) else value
                    self.assertEqual(type(stored)(row[axis]), stored)
                for name in PLAIN:
                    stored = float(file[name][index])
                    if math.isnan(stored):
                        self.assertIn(row[name].lower(), ("", "nan"))
                    else:
                        self.assertEqual(float(row[name]), stored)

    def test_every_dataset_is_described_in_format_md(self):
        """The rows of docs/format.md are exactly the datasets of files with everything that a campaign can store."""
        text_of_format = (REPOSITORY / "docs/format.md").read_text()
        rows = {}
        for line in text_of_format.splitlines():
            cells = [cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")]
            if line.startswith("| `") and len(cells) == 5:
                self.assertNotIn(cells[0], rows)
                rows[cells[0]] = cells[1:]
        full = write_configuration(self.folder / "full.cfg", ALL_FIGURES)
        with h5py.File(self.folder / "own.h5", "w") as own:
            own["inputs"] = numpy.random.RandomState(0).standard_normal((60, 3))
            own["labels"] = own["inputs"][:, 0]
        of_a_file = write_configuration(self.folder / "file.cfg", {
            "grid.algorithm": "lazy", "problem.inputs": "file", "problem.data-file": "own.h5",
            "problem.data-split": "resample", "problem.standardize": "yes"})
        variants = write_configuration(self.folder / "variants.cfg", {
            "grid.algorithm": "sgd, sgd(learning-rate=0.1)"})
        biases = write_configuration(self.folder / "biases.cfg", {"network.bias": "trained"})
        frozen = write_configuration(self.folder / "frozen.cfg", {
            "grid.algorithm": "single-index", "network.bias": "frozen", "problem.indices": "1"})
        # Read first: with linear layers `inner` has another last dimension, with frozen biases the orbit minimum
        # another long_name.
        layers = write_configuration(self.folder / "layers.cfg", {
            "grid.algorithm": "gradient-descent", "network.layers": "3"})
        for configuration, results in ((layers, "layers.h5"), (frozen, "frozen.h5"), (full, "full.h5"),
                                       (of_a_file, "file.h5"), (variants, "variants.h5"),
                                       (biases, "biases.h5")):
            end = self.flatgrid("run", configuration, "-o", results, "--max-time", "00:00:00")
            self.assertEqual(end.returncode, WORK_LEFT, end.stderr)
        found = {}

        def describe(path, item):
            if not isinstance(item, h5py.Dataset):
                return
            path = re.sub("width_[0-9]+", "width_W", path)
            path = re.sub("^variants/training_learning_rate$", "variants/SECTION_KEY", path)
            scale = h5py.h5ds.is_scale(item.id)
            dimensions = ([path.rpartition("/")[2]] if scale else
                          [dimension[0].name.rpartition("/")[2] for dimension in item.dims])
            dimensions = ["GRID", *dimensions[5:]] if tuple(dimensions[:5]) == GRID else dimensions
            kind = {"|S1": "char", "object": "text"}.get(str(item.dtype), str(item.dtype))
            fill = "" if scale or kind == "text" else str(item.fillvalue)
            fill = {"nan": "NaN", "b''": "0"}.get(fill, fill)
            text = item.attrs["long_name"].replace("|", "\\|")
            found[path] = [", ".join(dimensions), kind, fill, text]

        attributes = set()
        for results in ("layers.h5", "frozen.h5", "full.h5", "file.h5", "variants.h5", "biases.h5"):
            with h5py.File(self.folder / results) as file:
                file.visititems(describe)
                attributes |= {name for item in (file, *map(file.get, found_in(file)))
                               for name in item.attrs}
        attributes -= {"CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST"}  # attributes of dimension scales
        self.assertEqual({name for name in attributes if f"`{name}`" not in text_of_format}, set())
        self.maxDiff = None
        self.assertEqual(rows, found)

    def test_a_file_of_every_format_is_still_read(self):
        """The files are unchanged since make.sh made them with the program of their version; see make.sh."""
        files = sorted(FILES.glob("format-*.h5"))
        self.assertEqual([file.name for file in files], ["format-1.h5", "format-2.h5"])
        for file in files[1:]:
            with self.subTest(file.name):
                before = file.read_bytes()
                self.assertIn("done", self.succeed("status", file))
                rows = list(csv.DictReader(io.StringIO(self.succeed("export", file))))
                self.assertEqual([row["status"] for row in rows], ["done", "not_interpolating"])
                self.assertGreater(float(rows[-1]["flatness_orbit_min"]), 0)
                checked, build = self.succeed("verify", file).splitlines()
                self.assertRegex(checked, r"(\d+) of \1 computed points? (?:is|are) whole$")
                # Data that another build draws again may differ in the last bits.
                self.assertIn("written by another build of flatgrid: data compared to 1e-09", build)
                self.assertEqual(file.read_bytes(), before)

    def test_a_file_of_version_1_is_refused_with_the_reason(self):
        old = shutil.copy(FILES / "format-1.h5", self.folder / "old.h5")
        for command in (["status"], ["export"], ["verify"], ["run", self.configuration, "-o"]):
            result = self.flatgrid(*command, old)
            self.assertEqual(result.returncode, BAD_INPUT)
            self.assertRegex(result.stderr, r"\Aflatgrid: .*old.h5: was written by flatgrid 0.1 "
                                            r"\(results format 1, with an axis called method\): "
                                            r"read it with flatgrid 0.1, or compute .*\n\Z")

    def test_status(self):
        text = self.succeed("status", self.results)
        self.assertIn("32", text)
        with h5py.File(self.results) as file:
            without = numpy.count_nonzero(file["status"][...] == NOT_INTERPOLATING)
        reasons = re.findall(r"^ +(\d+)  (\S.*)$", text.split("not interpolating:\n")[1].split("\n\n")[0],
                             re.MULTILINE)
        self.assertEqual(sum(int(count) for count, _ in reasons), without)
        self.assertEqual(len({reason for _, reason in reasons}), len(reasons))

    def test_what_people_read_fits_80_columns(self):
        configuration = write_configuration(self.folder / "many.cfg", MANY)
        texts = {"run": self.succeed("run", configuration, "-o", "many.h5", ranks=2, timeout=200)}
        # The configuration itself is left out: a value is one line, however long.
        texts["plan"] = self.succeed("plan", configuration, "--ranks", "2", "--cores", "1", "--measure",
                                     "1").partition("\n# grid")[2]
        for arguments in (["status"], ["report"], ["report", "--by", "samples,noise,width"],
                          ["report", "--variable", "steps,seconds,train_loss,path_norm,active_neurons,"
                                                   "flatness_lower_bound,flatness_orbit_min"],
                          ["verify"], ["rescale"]):
            texts[" ".join(arguments)] = self.succeed(arguments[0], "many.h5", *arguments[1:])
        self.succeed("run", configuration, "-o", "part.h5", "--part", "1/2", ranks=2, timeout=200)
        texts["merge"] = self.flatgrid("merge", "merged.h5", "part.h5").stdout
        for command, text in texts.items():
            with self.subTest(command=command):
                self.assertIn("\n", text)
                self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        # A table that is split into blocks still has all its values.
        for name in MANY["grid.algorithm"].split(", "):
            self.assertRegex(texts["report"], rf"(?m)^{name} .* \d+/6$")

    def test_one_is_no_plural(self):
        configuration = write_configuration(self.folder / "one.cfg", ONE)
        ended = self.flatgrid("run", configuration, "-o", "one.h5")
        self.assertEqual(ended.returncode, SUCCESS, ended.stderr)
        text = ended.stdout + ended.stderr
        for command in (["status", "one.h5"], ["verify", "one.h5"], ["report", "one.h5"],
                        ["report", "one.h5", "-o", "one"], ["merge", "again.h5", "one.h5"],
                        ["plan", configuration, "--ranks", "1", "--measure", "0.1", "--max-time", "1h"]):
            text += self.succeed(*command)
        text += (self.folder / "one/report.html").read_text().split('id="report">')[1].split("</script>")[0]
        self.assertEqual(re.findall(r"(?<![\d.,-])1 (?:computed )?(?:points|algorithms|numbers|levels|widths|seeds|"
                                    r"instances|ranks|cores|files|jobs|networks|times)\b", text), [])
        self.assertIn("one.h5: 1 algorithm, 1 number of samples, 1 level of noise, 1 width, 1 seed", text)
        self.assertIn("1 of 1 computed point is whole", text)

    def test_plan_for_ranks(self):
        """Relations between the figures of a plan that hold in every case."""
        text = self.succeed("plan", self.configuration, "--ranks", "3", "--measure", "0.5")
        figure = {name: float(value) for name, value in
                  re.findall(r"#   (time|core hours|balance|memory|longest point): .*?([\d.]+(?:e-\d+)?)"
                             r"(?: s\)| %| MB|$)", text, re.MULTILINE)}
        self.assertEqual(len(figure), 5, text)
        self.assertAlmostEqual(figure["core hours"], 3 * figure["time"] / 3600,
                               delta=0.06 * 3 / 3600 + 0.01 * figure["core hours"])
        self.assertGreaterEqual(figure["time"], figure["longest point"])
        self.assertLessEqual(figure["balance"], 100)
        size = float(re.search(r"results file: about ([\d.]+) kB", text)[1])
        self.assertAlmostEqual(size, self.results.stat().st_size / 1000, delta=6)

    def test_plan_warns_of_what_does_not_interpolate(self):
        """The warnings name the points that did not interpolate when they were computed, with the same reasons. Points
        whose polish stalled are left out."""
        said = re.findall(r"(?m)^# warning: (\d+) points of (\S+) may not interpolate: (.*)$",
                          unwrapped(self.succeed("plan", self.configuration), "#   "))
        seen = collections.Counter(
            (row["algorithm"], row["message"].partition(": ")[2]) for row in self.rows_of()
            if row["status"] == "not_interpolating" and not row["message"].endswith("polish stalled"))
        self.assertEqual({(name, reason): int(count) for count, name, reason in said}, seen)

    def test_plan_warns_of_few_neurons_and_of_forms(self):
        def warnings(grid_algorithm="flattest", **changes):
            changes["grid_algorithm"] = grid_algorithm
            sets = [word for key, value in changes.items()
                    for word in ("--set", f"{key.replace('_', '.')}={value}")]
            return re.findall(r"(?m)^# warning: (.*)$",
                              unwrapped(self.succeed("plan", self.configuration, *sets), "#   "))

        self.assertEqual(warnings(grid_width="24"), [])
        self.assertEqual(len(warnings()), 1)
        self.assertRegex(warnings()[0], "^4 points of flattest .* as many neurons as .* samples$")
        # A quadratic form in three variables fits d (d + 1) / 2 = 6 samples.
        quadratic = {"network_activation": "quadratic", "grid_width": "30"}
        self.assertRegex(warnings(**quadratic, grid_noise="0.1")[0], "^2 points .* fit at most 6 samples")
        self.assertEqual(warnings(**quadratic, grid_samples="6", grid_noise="0.1"), [])
        # Seven relu neurons with three weights each fit 24 labels only if the network is the target itself.
        narrow = {"grid_algorithm": "lazy", "grid_width": "7"}
        self.assertRegex(warnings(**narrow)[0], "^2 points of lazy .* fewer parameters")
        self.assertEqual(warnings(**{**narrow, "grid_width": "8"}), [])

    def test_plan_tells_how_many_jobs_a_chain_takes(self):
        def jobs(limit):
            text = self.succeed("plan", self.configuration, "--ranks", "1", "--measure", "0.1",
                                "--set", "grid.seed=0..9999", "--max-time", limit)
            predicted = float(re.search(r"#   time: .*\(([\d.]+) s\)", text)[1])
            return int(re.search(r"#   jobs: +(\d+)(?: one after another)?, of", text)[1]), predicted

        for limit, seconds in (("00:00:07", 7), ("1", 60), ("1:30", 90), ("2m", 120), ("1h", 3600),
                               ("1-00:00:00", 86400)):
            number, predicted = jobs(limit)
            self.assertLessEqual(abs(number - math.ceil(predicted / seconds)), 1, limit)
        # The limit of a Slurm job, of which flatgrid reserves half a minute for the end.
        slurm = {"SLURM_JOB_ID": "1", "SLURM_JOB_END_TIME": str(int(time.time()) + 50)}
        with unittest.mock.patch.object(type(self), "environment", slurm):
            number, predicted = jobs("slurm")
        self.assertIn(number, range(math.ceil(predicted / 20), math.ceil(predicted / 10) + 1))

    def test_status_and_export_while_it_runs(self):
        process = self.start("run", self.configuration, "-o", "live.h5", "--set", "grid.seed=0..9",
                             "--set", "training.handover-loss=1e-12", "--set",
                             "training.steps=5000", ranks=2)
        self.addCleanup(kill_session, process)
        while not (self.folder / "live.h5").exists() and process.poll() is None:
            time.sleep(0.01)
        counts = []
        while process.poll() is None:
            self.assertIn("160", self.succeed("status", "live.h5"))
            state = json.loads(self.succeed("status", "--json", "live.h5"))
            self.assertEqual(state["points"]["all"], 160)
            if state["running"]:
                self.assertEqual(state["running"]["ranks"], 2)
                self.assertLessEqual(state["running"]["finished"], state["running"]["points"])
            rows = csv.DictReader(io.StringIO(self.succeed("export", "live.h5")))
            counts.append(sum(row["status"] != "pending" for row in rows))
            self.assert_whole(self.folder / "live.h5")
        _, errors = process.communicate()
        self.assertEqual(process.returncode, SUCCESS, errors)
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(len(set(counts)), 2, "the test saw too little of the campaign")

    def test_status_as_json(self):
        state = json.loads(self.succeed("status", "--json", self.results))
        rows = list(csv.DictReader(io.StringIO(self.succeed("export", self.results))))
        def count(status, **where):
            return sum(row["status"] == status and all(row[name] == value for name, value in where.items())
                       for row in rows)

        for name, of in (("teacher", {"algorithm": "teacher"}), ("lazy", {"algorithm": "lazy"})):
            self.assertEqual(state["algorithms"][name]["done"], count("done", **of))
        self.assertEqual(state["points"]["not_interpolating"], count("not_interpolating"))
        self.assertEqual(state["points"]["all"], len(rows))
        self.assertEqual((state["left"], state["running"], state["failed"]), (0, None, []))
        self.assertEqual(sum(reason["points"] for reason in state["not_interpolating"]),
                         count("not_interpolating"))
        slowest = max(rows, key=lambda row: float(row["seconds"]))
        self.assertEqual(state["slowest"][0]["seconds"], float(slowest["seconds"]))
        self.assertEqual({name: str(value) for name, value in
                          state["slowest"][0]["point"].items() if name != "noise"},
                         {name: slowest[name] for name in GRID if name != "noise"})

    def test_keys_without_effect_are_warned_of(self):
        """One rank prints a line for each key on standard error; the output and the results stay the same."""
        config = write_configuration(self.folder / "ignored.cfg", {"problem.separation": "2"})
        options = ("--set", "training.temperature=0.1")
        plain = self.succeed("plan", write_configuration(self.folder / "plain.cfg"))
        planned = self.flatgrid("plan", config, *options)
        run = self.flatgrid("run", config, "-o", "ignored.h5", *options, ranks=3)
        for result in (planned, run):
            self.assertEqual(result.returncode, SUCCESS, result.stderr)
            warnings = [line for line in result.stderr.splitlines() if "warning:" in line]
            self.assertEqual(len(warnings), 2, result.stderr)
            self.assertIn("ignored.cfg: key 'problem.separation': value '2': has no effect",
                          warnings[0])
            self.assertIn("--set: key 'training.temperature': value '0.1': has no effect: none of "
                          "grid.algorithm reads it, only mean-field-langevin does", warnings[1])
            self.assertNotIn("warning: --set", result.stdout)
        self.assertEqual(len(planned.stdout.splitlines()), len(plain.splitlines()))
        # The configuration that plan prints has no key without effect.
        (self.folder / "full.cfg").write_text(plain)
        self.assertEqual(self.flatgrid("plan", "full.cfg").stderr, "")

    def test_plan_looks_whether_a_run_could_begin(self):
        config = write_configuration(self.folder / "begin.cfg")
        self.assertIn("# begin.h5: 32 of 32 points are still to be computed\n",
                      self.succeed("plan", config, "-o", "begin.h5"))
        self.succeed("run", config, "-o", "begin.h5")
        before = snapshot(self.folder)
        self.assertIn("# begin.h5: 0 of 32 points are still to be computed\n",
                      self.succeed("plan", config, "-o", "begin.h5"))
        self.assertIn("# grown.h5: part 1/2, 24 of 24 points are still to be computed\n",
                      self.succeed("plan", config, "-o", "grown.h5", "--part", "1/2", "--set",
                                   "grid.seed=0..2", "--reuse", "begin.h5"))
        self.assertEqual(snapshot(self.folder), before)

    def test_help_describes_every_algorithm(self):
        keys = unwrapped(self.succeed("help", "keys"), "    ")
        names = re.search(r"^grid.algorithm .* names out of: (.*)$", keys, re.MULTILINE)[1]
        for name in names.split(", "):
            text = self.succeed("help", name)
            self.assertIn(f"{name}, an algorithm", text)
            self.assertIn("\nWhen it ends:\n", text)
        sam = self.succeed("help", "sam")
        for fact in ("Foret", "training.sam-radius = 0.05", "training.batch = 32", "3/4 of training.steps"):
            self.assertIn(fact, sam)
        self.assertNotIn("temperature", sam)
        # `flattest` is the name of an algorithm and of a section.
        self.assertIn("Keys of a configuration", self.succeed("help", "flattest"))

    def test_completion(self):
        script = self.folder / "completion"
        script.write_text(self.succeed("help", "--completion"))

        def completed(*words):
            line = (f"source {script}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _flatgrid; "
                    "printf '%s\\n' \"${COMPREPLY[@]}\"")
            result = subprocess.run(["bash", "-c", line, "bash", "flatgrid", *words], text=True,
                                    capture_output=True)
            self.assertEqual(result.stderr, "")
            return result.stdout.split()

        commands = re.findall(r"(?m)^  flatgrid (\w+)", self.succeed("help"))
        self.assertEqual(set(completed("")), set(commands))
        self.assertEqual(completed("sta"), ["status"])
        for command in ("init", "plan", "run", "status", "report", "show", "export", "verify", "merge",
                        "rescale"):
            options = re.findall(r"^  (?:-\w \[ )?(--[\w-]+)", self.succeed("help", command), re.MULTILINE)
            self.assertEqual(set(completed(command, "-")), {"--help", *options}, command)
        self.assertEqual(completed("run", "x.cfg", "--max"), ["--max-time"])
        keys = re.findall(r"(?m)^([\w-]+\.[\w-]+)", self.succeed("help", "keys"))
        self.assertGreater(len(keys), 40)
        self.assertEqual(completed("run", "x.cfg", "--set", ""), [f"{key}=" for key in keys])
        self.assertEqual(completed("plan", "x.cfg", "--set", "training.st"),
                         ["training.steps=", "training.stability-fraction="])
        self.assertEqual(completed("plan", "x.cfg", "--set", "=", "flattest.r"), ["flattest.rounds="])
        self.assertEqual(completed("help", "training.mo"), ["training.momentum"])
        # bash itself completes names of files.
        self.assertEqual(completed("status", ""), [])

    def test_diverging_points_are_recorded_and_final(self):
        for _ in range(2):
            printed = self.succeed("run", self.configuration, "-o", "diverging.h5", "--set",
                                   "training.learning-rate=1e5", ranks=2)
            self.assertIn("gradient-descent", printed)
            with h5py.File(self.folder / "diverging.h5") as file:
                status = dict(zip(file["algorithm"].asstr()[...], file["status"][...]))
                self.assertTrue((status["gradient-descent"] == DIVERGED).all(), status)
                self.assertTrue((status["random-features"] != DIVERGED).all(), status)
                self.assertTrue(numpy.isnan(file["train_loss"][...][file["status"][...] == DIVERGED])
                                .all())

    def test_table_has_a_row_an_algorithm(self):
        for algorithm in ("teacher", "gradient-descent", "lazy", "random-features"):
            self.assertRegex(self.printed, rf"(?m)^\W*{algorithm}\b.*\d")

    def rows_of(self, *options):
        return list(csv.DictReader(io.StringIO(self.succeed("export", self.results, *options))))

    def test_export_of_some_columns_and_points(self):
        everything = self.rows_of()
        some = self.rows_of("--where", "algorithm=lazy,noise=0.2", "--columns", "seed,path_norm,width")
        self.assertEqual(list(some[0]), ["seed", "path_norm", "width"])
        self.assertEqual(some, [{name: row[name] for name in ("seed", "path_norm", "width")}
                                for row in everything
                                if row["algorithm"] == "lazy" and row["noise"] == "0.2"])
        self.assertEqual(len(some), 4)
        # Variables without a value have no column; for example, a teacher is not polished.
        self.assertIn("polish_iterations", everything[0])
        teachers = self.rows_of("--where", "algorithm=teacher")
        self.assertNotIn("polish_iterations", teachers[0])
        self.assertIn("population_loss", teachers[0])

    def test_export_of_the_history(self):
        rows = self.rows_of("--history", "--where", "algorithm=gradient-descent,noise=0,width=40,"
                            "samples=24,seed=1")
        with h5py.File(self.results) as file:
            position = (1, 0, 0, 1, 1)
            for name in ("population_loss", "flatness_orbit_min", "train_loss"):
                stored = file[f"history/{name}_history"][position]
                measured = ~numpy.isnan(stored)
                self.assertEqual([float(row[name]) for row in rows], list(stored[measured]))
                self.assertEqual([int(row["step"]) for row in rows],
                                 list(file["history/step"][...][measured]))
            self.assertGreater(len(rows), 1)

    def test_help_where_one_looks_for_it(self):
        for command in ("init", "plan", "run", "status", "report", "show", "export", "verify", "merge",
                        "rescale"):
            text = self.succeed("help", command)
            self.assertTrue(text.startswith(f"flatgrid {command} "), text)
            self.assertEqual(text, self.succeed(command, "--help"))
        step = self.succeed("help", "training.steps")
        self.assertIn("training.steps = ", step)
        self.assertEqual(step, self.succeed("help", "steps"))
        section = self.succeed("help", "training")
        self.assertIn("training.momentum", section)
        self.assertNotIn("problem.dimension", section)
        self.assertIn("problem.dimension", self.succeed("help", "keys"))
        version = self.succeed("version")
        self.assertEqual(version, self.succeed("--version"))
        for fact in ("flatgrid ", "flags: ", "Eigen ", "HDF5 ", "Open MPI"):
            self.assertIn(fact, version)

    def test_reader_that_goes_away(self):
        """`flatgrid export FILE | head -1` ends without a message."""
        process = self.start("export", self.results)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), "")
        process.stderr.close()
        self.assertIn(process.wait(timeout=20), (SUCCESS, -signal.SIGPIPE))

    def test_full_disk_is_no_success(self):
        with open("/dev/full", "w") as full:
            process = self.start("export", self.results, stdout=full)
            _, errors = process.communicate(timeout=20)
        self.assertNotEqual(process.returncode, SUCCESS)
        self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_without_networks_data_and_history(self):
        bare = self.folder / "bare.h5"
        self.succeed("run", self.configuration, "-o", bare, "--set", "output.networks=false",
                     "--set", "output.data=false", "--set", "output.history=0", ranks=2)
        self.assertEqual(self.assert_whole(bare), 32)
        with h5py.File(bare) as file, h5py.File(self.results) as full:
            for name in ("networks", "data", "history"):
                self.assertNotIn(name, file)
            for name in set(PLAIN) - {"seconds"}:
                self.assertEqual(file[name][...].tobytes(), full[name][...].tobytes(), name)


class Training(ScratchFolder):
    """The output about points whose steps run out, and about networks that are kept as trained."""

    REASON = "training.steps ran out above training.handover-loss"
    FEW_STEPS = {"grid.algorithm": "sgd, gradient-flow, lazy, random-features", "grid.width": "40",
                 "grid.noise": "0", "grid.seed": "0..9", "training.steps": "5"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configuration = write_configuration(cls.folder / "short.cfg", cls.FEW_STEPS)
        cls.results = cls.folder / "short.h5"
        cls.run_of_it = cls.flatgrid("run", cls.configuration, "-o", cls.results, ranks=2)

    def rows_of(self, *more):
        return list(csv.DictReader(io.StringIO(self.succeed("export", self.results, *more))))

    def test_run_tells_what_is_cut_short_and_compares_it_not(self):
        self.assertEqual(self.run_of_it.returncode, SUCCESS)
        self.assertIn(f"flatgrid: 30 of 40 points are cut short: {self.REASON}", self.run_of_it.stderr)
        for name in ("sgd", "gradient-flow", "lazy"):
            self.assertIn(f"not compared: {name}: {self.REASON}", unwrapped(self.run_of_it.stdout))
        self.assertIn("medians over the 10 of 10 instances where all compared interpolate",
                      unwrapped(self.run_of_it.stdout))
        check = Path(__file__).with_name("check_results_file.py")
        result = subprocess.run([sys.executable, check, self.results], text=True, capture_output=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.succeed("verify", self.results, "--recompute")

    def test_status_counts_them_with_the_reason(self):
        text = self.succeed("status", self.results)
        self.assertRegex(text, r"(?m)^points +pending +done +cut_short +all$")
        self.assertRegex(text, r"(?m)^sgd +0 +0 +10 +10$")
        self.assertRegex(text, rf"\ncut short:\n +\d+  {self.REASON}")
        state = json.loads(self.succeed("status", "--json", self.results))
        self.assertEqual(state["points"]["cut_short"], 30)
        self.assertEqual(state["algorithms"]["random-features"]["cut_short"], 0)
        self.assertEqual(sum(reason["points"] for reason in state["cut_short"]), 30)

    def test_export_and_report_select_by_status(self):
        short = self.rows_of("--where", "status=cut_short")
        self.assertEqual(len(short), 30)
        for row in short:
            self.assertEqual((row["status"], row["steps"]), ("cut_short", "5"))
            self.assertIn(self.REASON, row["message"])
            self.assertGreater(float(row["train_loss_before_polish"]), 1e-6)
            self.assertGreater(float(row["flatness_orbit_min"]), 0)
        both = self.rows_of("--where", "status=cut_short,status=done,algorithm=lazy,seed=3")
        self.assertEqual([row["algorithm"] for row in both], ["lazy"])
        text = unwrapped(self.succeed("report", self.results, "--where", "status=cut_short"))
        self.assertIn("medians over the 10 of 10 instances where all compared have a selected status", text)
        self.assertRegex(text, r"(?m)^lazy +\d\S* ")
        self.assertRegex(text, r"(?m)^random-features +- ")
        for command in ("report", "export"):
            result = self.flatgrid(command, self.results, "--where", "status=short")
            self.assertEqual(result.returncode, BAD_INPUT)
            self.assertRegex(result.stderr, rf"^flatgrid: {command}: --where 'status=short': .*\n$")

    def test_plan_doubts_few_steps(self):
        said = re.findall(r"(?m)^# warning: (.*)$", unwrapped(self.succeed("plan", self.configuration), "#   "))
        self.assertEqual(said, [
            f"10 points of {name} may be cut short: training.steps = 5 are probably too few to reach "
            "training.handover-loss = 1e-08" for name in ("sgd", "gradient-flow", "lazy")])
        measured = unwrapped(self.succeed("plan", self.configuration, "--ranks", "1", "--measure", "0.2"), "#   ")
        for name in ("sgd", "gradient-flow", "lazy"):
            self.assertRegex(measured, rf"(?m)^# warning: (\d+) of \1 measured points of {name} are cut "
                                       rf"short: {self.REASON}$")
        self.assertNotIn("cut short", self.succeed("plan", self.configuration, "--set", "training.polish=no",
                                                   "--ranks", "1", "--measure", "0.2"))
        self.assertNotIn("cut short", self.succeed("plan", self.configuration, "--set",
                                                   "training.steps=100000"))

    def test_networks_kept_as_trained_are_done_and_compared_on_demand(self):
        kept = self.folder / "kept.h5"
        printed = self.succeed("run", self.configuration, "-o", kept, "--set", "training.polish=no")
        self.assertIn("not compared: lazy: kept as trained, without a polish", unwrapped(printed))
        rows = list(csv.DictReader(io.StringIO(self.succeed("export", kept))))
        self.assertEqual({row["status"] for row in rows}, {"done"})
        for row in rows:
            trained = row["algorithm"] != "random-features"
            self.assertEqual(row["interpolates"], "0" if trained else "1")
            self.assertEqual(row["train_loss"], row["train_loss_before_polish"])
        text = self.succeed("report", kept, "--where", "status=done")
        self.assertRegex(text, r"(?m)^lazy +\d\S* .* 0/10$")
        self.assertIn("kept as trained, without a polish", self.succeed("status", kept))
        self.succeed("verify", kept, "--recompute")
        check = Path(__file__).with_name("check_results_file.py")
        result = subprocess.run([sys.executable, check, kept], text=True, capture_output=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        result = self.flatgrid("run", self.configuration, "-o", self.folder / "none.h5", "--set",
                               "training.polish=maybe")
        self.assertEqual(result.returncode, BAD_INPUT)
        self.assertRegex(result.stderr, "key 'training.polish': value 'maybe': must be yes or no")


if __name__ == "__main__":
    unittest.main()
