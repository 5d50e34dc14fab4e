#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Networks with linear layers: the file, recomputed by another program; commands; stops; refusals."""

import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import h5py

from flatgrid_program import SUCCESS, WORK_LEFT, ScratchFolder, handles, send, unwrapped

LAYERED = {
    "grid.algorithm": "gradient-flow, gradient-descent, sgd, adam, sam, gradient-flow(initialization=uniform)",
    "grid.samples": "12",
    "grid.noise": "0, 0.1",
    "grid.width": "16, 20",
    "grid.seed": "0..1",
    "problem.dimension": "3",
    "problem.indices": "1",
    "network.layers": "4",
    "network.hidden": "5, 4",
    "training.initial-scale": "0.5",
    "training.steps": "20000",
    "flatness.index-spectrum": "true",
    "flatness.tangent-kernel": "true",
    "flatness.top-eigenvalue": "true",
    "flatness.trace-probes": "20",
    "flatness.sharpness-radius": "0.01",
    "output.history": "3",
}


class Layers(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(LAYERED)

    def test_another_program_recomputes_every_figure(self):
        check = Path(__file__).with_name("check_results_file.py")
        run = subprocess.run([sys.executable, check, self.reference], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("every figure of 48 points agree", run.stdout)

    def test_algorithms_interpolate_and_move_every_layer(self):
        with h5py.File(self.reference) as file:
            names = list(file["algorithm"].asstr())
            self.assertTrue((file["interpolates"][:, :, 0] == 1).all())
            for layer, shape in (("linear_1", (5, 3)), ("linear_2", (4, 5)), ("inner", (20, 4))):
                weights = file[f"networks/width_20/{layer}"]
                self.assertEqual(weights.shape[4:], shape)
                flow, descent = (weights[names.index(name)]
                                 for name in ("gradient-flow", "gradient-descent"))
                # From the same start they end near each other, and not at the same numbers.
                self.assertTrue((flow != descent).all(axis=(3, 4)).all(), layer)

    def test_any_number_of_ranks_and_any_interruption_give_the_same_bits(self):
        alone = self.folder / "alone.h5"
        self.succeed("run", self.configuration, "-o", alone, timeout=300)
        self.assert_same_results(self.reference, alone)
        stopped = self.folder / "stopped.h5"
        stops = 0
        while (code := self.stopped_after(0.5, stopped)) != SUCCESS:
            self.assertEqual(code, WORK_LEFT)
            stops += 1
            self.assertLess(stops, 200)
        self.assertGreater(stops, 0)
        self.assert_same_results(self.reference, stopped)

    def stopped_after(self, seconds, results):
        """The exit code of a run that gets SIGTERM after some seconds, if it has not ended before."""
        process = self.start("run", self.configuration, "-o", results)
        listening = time.monotonic() + seconds
        while process.poll() is None and not handles(process.pid, signal.SIGTERM):
            time.sleep(0.01)
        while process.poll() is None and time.monotonic() < listening:
            time.sleep(0.01)
        send([process.pid], signal.SIGTERM)
        process.communicate(timeout=60)
        return process.returncode

    def test_commands_read_the_file(self):
        self.assertIn("recomputed", self.succeed("verify", self.reference, "--recompute"))
        point = ["--algorithm", "gradient-flow"]
        table = unwrapped(self.succeed("rescale", self.reference, *point))
        self.assertIn("s, 1/s, s, 1/s", table)
        shown = self.succeed("show", self.reference, "algorithm=gradient-flow,noise=0,width=20,seed=1")
        self.assertIn("times the linear layers", unwrapped(shown))
        self.assertIn("representation_cost", self.succeed("export", self.reference))
        self.succeed("report", self.reference, "-o", "report", timeout=300)
        self.assertTrue((self.folder / "report/report.html").exists())

    def test_two_layers_are_the_default_and_have_no_more_datasets(self):
        self.succeed("run", self.configuration, "-o", "two.h5", "--set", "network.layers=2", "--set",
                     "network.hidden=dimension", "--set", "grid.algorithm=gradient-descent")
        with h5py.File(self.folder / "two.h5") as file:
            self.assertNotIn("representation_cost", file)
            self.assertEqual(set(file["networks/width_20"]),
                             {"algorithm", "samples", "noise", "seed", "neuron", "dimension", "inner",
                              "outer"})


if __name__ == "__main__":
    unittest.main()
