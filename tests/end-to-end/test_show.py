#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`flatgrid show` prints all figures of a point; h5py and numpy compute them from the file for comparison."""

import json
import re
import unittest

import h5py
import numpy

from flatgrid_program import BAD_INPUT, ScratchFolder, unwrapped

POSITION = (2, 0, 1, 1, 0)  # lazy, samples 24, noise 0.2, width 40, seed 0
POINT = "algorithm=lazy,noise=0.2,width=40,seed=0"


class Show(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference()

    def show(self, point, *options, results=None):
        return self.succeed("show", results or self.reference, point, *options)

    def test_every_figure_is_that_of_the_file(self):
        shown = json.loads(self.show(POINT, "--json"))
        self.assertEqual(shown["point"], {"algorithm": "lazy", "samples": 24, "noise": 0.2, "width": 40,
                                          "seed": 0})
        text = self.show(POINT)
        with h5py.File(self.reference) as file:
            self.assertEqual(shown["message"], file["message"].asstr()[POSITION] if
                             file["message"].dtype.kind == "O" else
                             bytes(file["message"][POSITION]).rstrip(b"\0").decode())
            names = [name for name, item in file.items() if isinstance(item, h5py.Dataset)
                     and item.shape == file["status"].shape and name not in ("status", "checksum")]
            self.assertEqual(set(names), set(shown["figures"]) - {"flatness_ratio", "trace_ratio"})
            for name in names:
                stored = float(file[name][POSITION])
                self.assertEqual(shown["figures"][name], None if numpy.isnan(stored) else stored, name)
                if not numpy.isnan(stored):
                    value = re.search(rf"(?m)^  {name} +(\S+)  ", text)[1]
                    self.assertAlmostEqual(float(value), stored, delta=1e-5 * abs(stored))
            # The teacher has the least orbit minimum here.
            teacher = file["flatness_orbit_min"][(0, *POSITION[1:])]
            self.assertEqual(shown["figures"]["flatness_ratio"],
                             file["flatness_orbit_min"][POSITION] / teacher)

    def test_the_heaviest_neurons_are_what_numpy_makes_of_the_network(self):
        neurons = json.loads(self.show(POINT, "--json", "--neurons", "40"))["neurons"]
        with h5py.File(self.reference) as file:
            inner = file["networks/width_40/inner"][(*POSITION[:3], 0)]
            outer = file["networks/width_40/outer"][(*POSITION[:3], 0)]
            inputs = file["data/inputs"][0]
            orbit_min, trace = (file[name][POSITION] for name in ("flatness_orbit_min", "flatness_trace"))
        active = inputs @ inner.T > 0
        of_outer = numpy.mean(numpy.maximum(inputs @ inner.T, 0) ** 2, axis=0)
        of_inner = outer ** 2 * numpy.mean(active * numpy.sum(inputs ** 2, axis=1)[:, None], axis=0)
        shares = 2 * numpy.sqrt(of_outer * of_inner) / orbit_min
        order = numpy.argsort(-shares, kind="stable")[:numpy.count_nonzero(shares)]
        self.assertEqual([neuron["neuron"] for neuron in neurons], list(order))
        numpy.testing.assert_allclose([neuron["share_of_orbit_min"] for neuron in neurons], shares[order])
        numpy.testing.assert_allclose([neuron["share_of_trace"] for neuron in neurons],
                                      ((of_outer + of_inner) / trace)[order])
        for neuron in neurons:
            self.assertEqual(neuron["outer"], outer[neuron["neuron"]])
            numpy.testing.assert_allclose(numpy.multiply(neuron["norm"], neuron["direction"]),
                                          inner[neuron["neuron"]], rtol=1e-14)
        # The text has the first five neurons, and the largest component of each direction comes first.
        rows = re.findall(r"(?m)^(\d+) +([\d.]+) % .* ([+-][\d.]+) x(\d) [+-][\d.]+ x\d [+-]\S+ x\d$", self.show(POINT))
        self.assertEqual([int(row[0]) for row in rows], list(order[:5]))
        for row in rows:
            w = inner[int(row[0])]
            largest = numpy.argmax(abs(w))
            self.assertEqual(int(row[3]), largest + 1)
            self.assertAlmostEqual(float(row[2]), w[largest] / numpy.linalg.norm(w), delta=0.006)

    def test_a_point_is_named_as_elsewhere(self):
        expected = self.show(POINT)
        status = json.loads(self.show(POINT, "--json"))["status"]
        for name in ("lazy, samples 24, noise 0.2, width 40, seed 0", f"{POINT},status={status}",
                     "algorithm=lazy,samples=24,noise=0.2,width=40,seed=0"):
            self.assertEqual(self.show(name), expected)
        # A point can also be named in the form that status prints.
        slowest = re.search(r"slowest points:\n +\S+ s  (.*)\n", self.succeed("status", self.reference))[1]
        self.assertIn(f": {slowest}\n", unwrapped(self.show(slowest)))
        for name, reason in (
                ("lazy", "'lazy': is 8 points; the first is algorithm=lazy,samples=24,noise=0,width=20,seed=0"),
                ("lazy, seed 7", "'seed=7': is not on the axis, which has 0, 1"),
                ("algorithm=lazi", "'algorithm=lazi': is not on the axis, which has teacher, "),
                ("lazy, status=failed", f"'lazy, status=failed': {self.reference} has no such point"),
                ("lazy, sed 0", "'sed=0': did you mean 'seed'?")):
            refused = self.flatgrid("show", self.reference, name)
            self.assertEqual((refused.returncode, refused.stdout), (BAD_INPUT, ""))
            self.assertTrue(refused.stderr.startswith(f"flatgrid: show: POINT {reason}"), refused.stderr)
            self.assertEqual(len(refused.stderr.splitlines()), 1)
        refused = self.flatgrid("show", self.reference)
        self.assertEqual(refused.stderr, "flatgrid: show: POINT is missing; see `flatgrid show --help`\n")

    def test_what_there_is_not_is_said(self):
        text = unwrapped(self.show(POINT))
        self.assertIn("not stored: figures that were not requested: flatness_lower_bound, ", text)
        self.assertIn("hessian_top_eigenvalue, ", text)
        without = unwrapped(self.show("teacher, noise 0.2, width 20, seed 1"))
        self.assertRegex(without, "status: not_interpolating\nmessage: .*: the target does not fit noisy labels\n")
        self.assertIn("not measured here: polish_iterations", without)
        off = [word for key in ("networks=false", "history=0") for word in ("--set", f"output.{key}")]
        self.succeed("run", self.configuration, "-o", "bare.h5", *off)
        bare = unwrapped(self.show(POINT, results="bare.h5"))
        self.assertIn("not stored: networks (output.networks = false): no neurons are shown\n", bare)
        self.assertIn("not stored: history (output.history = 0)\n", bare)
        self.assertNotIn("heaviest", bare)
        self.assertEqual(json.loads(self.show(POINT, "--json", results="bare.h5"))["neurons"], [])
        self.succeed("run", self.configuration, "-o", "no-data.h5", "--set", "output.data=false")
        self.assertIn("not stored: data (output.data = false), which flatness is measured on: no neurons",
                      unwrapped(self.show(POINT, results="no-data.h5")))

    def test_a_point_that_is_not_computed_yet(self):
        self.flatgrid("run", self.configuration, "-o", "begun.h5", "--max-time", "00:00:00")
        text = self.show(POINT, results="begun.h5")
        self.assertIn("status: pending\n", text)
        self.assertNotIn("nan", text)


if __name__ == "__main__":
    unittest.main()
