#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flatgrid on a terminal: the progress of a run, Ctrl-C, `status --watch`, texts that fit the width of the terminal,
colour."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest
import unittest.mock

import h5py

from flatgrid_program import (BAD_INPUT, SUCCESS, WORK_LEFT, ScratchFolder, kill_session,
                              write_configuration)

# All points take the same time, less than a second.
GRID = {
    "grid.algorithm": "gradient-descent",
    "grid.samples": "100",
    "grid.noise": "0.1",
    "grid.width": "100",
    "grid.seed": "0..7",
    "problem.dimension": "10",
    "training.steps": "15000",
    "training.handover-loss": "1e-30",
}
LONG = ("--set", "grid.seed=0..999")
# mpirun kills ranks a second after it has told them to end. On a busy machine they need more time for their last
# messages.
PATIENT = unittest.mock.patch.dict(os.environ, {"OMPI_MCA_odls_base_sigkill_timeout": "30"})
BAR = re.compile(r"(?:\[(#*)(\.*)\] )? *(\d+) %  (\d+)/(\d+) points.*")


class Terminal:
    """A terminal of a given size for one process, and the output on it."""

    def __init__(self, columns, rows=50):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.bytes = b""

    def start(self, test, *arguments, **options):
        """Starts flatgrid with this object as its controlling terminal."""
        slave = self.slave

        def on_the_terminal():
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a script may have ignored it

        process = test.start(*arguments, preexec_fn=on_the_terminal,
                             **{"stdout": slave, "stderr": slave, **options})
        os.close(slave)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        test.addCleanup(kill_session, process)
        return process

    def read(self):
        try:
            while block := os.read(self.master, 65536):
                self.bytes += block
        except OSError:
            pass  # the process has closed the terminal

    def press_control_c(self):
        os.write(self.master, b"\x03")

    def end(self, process, timeout=60):
        """Waits for the end. Returns the exit code and the whole output."""
        code = process.wait(timeout)
        self.reader.join(timeout)
        os.close(self.master)
        return code, self.bytes.decode()


def bars_of(text):
    """All bars that were drawn one over the other."""
    drawn = [line.removesuffix("\033[K") for line in re.split(r"[\r\n]+", text)]
    return [line for line in drawn if BAR.fullmatch(line)]


class OnATerminal(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_reference(GRID)

    def test_the_bar_fits_the_terminal(self):
        for ranks in (0, 2):
            for columns in (60, 200):
                with self.subTest(ranks=ranks, columns=columns):
                    results = self.folder / f"{ranks}-{columns}.h5"
                    terminal = Terminal(columns)
                    process = terminal.start(self, "run", self.configuration, "-o", results,
                                             ranks=ranks)
                    code, text = terminal.end(process)
                    self.assertEqual(code, SUCCESS, text)
                    bars = bars_of(text)
                    self.assertGreater(len(bars), 3, text)
                    self.assertEqual({len(bar) for bar in bars if bar.startswith("[")}, {columns - 1})
                    self.assertLess(max(map(len, bars)), columns)
                    filled, empty, percent, finished, points = BAR.fullmatch(bars[-1]).groups()
                    self.assertEqual((empty, percent, finished, points), ("", "100", "8", "8"))
                    self.assertGreater(len(filled), columns - 40)

    def test_left_and_right_count_the_same_after_a_resume(self):
        results = self.folder / "resumed.h5"
        process = self.start("run", self.configuration, "-o", results)
        self.addCleanup(kill_session, process)
        finished = 0
        while process.poll() is None and not 2 <= finished <= 6:
            time.sleep(0.02)
            if results.exists():
                with h5py.File(results, "r", locking=False) as file:
                    finished = (file["status"][()] != 0).sum()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, WORK_LEFT)
        terminal = Terminal(80)
        code, text = terminal.end(terminal.start(self, "run", self.configuration, "-o", results))
        self.assertEqual(code, SUCCESS, text)
        for bar in bars_of(text)[::len(bars_of(text)) - 1]:
            _, _, percent, finished, points = BAR.fullmatch(bar).groups()
            self.assertEqual(int(percent), 100 * int(finished) // int(points), bar)
        self.assertNotIn(" 0/8 points", text)

    def test_control_c(self):
        """Without mpirun flatgrid stops with exit code 75. mpirun ends with 1; a message of flatgrid at the start
        says this, and how to stop with 75."""
        for ranks in (0, 2):
            with self.subTest(ranks=ranks):
                results = self.folder / f"interrupted-{ranks}.h5"
                terminal = Terminal(100)
                with PATIENT:
                    process = terminal.start(self, "run", self.configuration, "-o", results, *LONG,
                                             ranks=ranks)
                self.wait_until_computing(terminal, process)
                terminal.press_control_c()
                code, text = terminal.end(process)
                warning = "Ctrl-C stops this run and saves finished points, but then mpirun exits with 1"
                if ranks == 0:
                    self.assertEqual(code, WORK_LEFT)
                    self.assertIn("stopped by SIGINT with ", text)
                    self.assertNotIn(warning, text)
                else:
                    self.assertEqual(code, 1)
                    # Open MPI 5 kills after a quarter of a second, so a rank may have to end "during a long operation".
                    self.assertRegex(text, "stopped by SIGTERM or Ctrl-C (with|during) ")
                    self.assertIn(warning, text)
                self.assert_whole(results)
        # A run without points to compute has no message about Ctrl-C.
        terminal = Terminal(100)
        code, text = terminal.end(terminal.start(self, "run", self.configuration, "-o",
                                                 self.reference, ranks=2))
        self.assertEqual(code, SUCCESS, text)
        self.assertNotIn("Ctrl-C", text)

    def test_the_way_to_75_under_mpirun(self):
        terminal = Terminal(100)
        process = terminal.start(self, "run", self.configuration, "-o", "signalled.h5", *LONG, ranks=2)
        self.wait_until_computing(terminal, process)
        os.kill(int(re.search(rb"kill -USR1 (\d+) ", terminal.bytes)[1]), signal.SIGUSR1)
        code, text = terminal.end(process)
        self.assertEqual(code, WORK_LEFT, text)
        self.assertIn("stopped by SIGUSR1 with ", text)

    def wait_until_computing(self, terminal, process):
        """Waits until the bar has counted a finished point."""
        while not any(int(BAR.fullmatch(bar)[4]) > 0 for bar in bars_of(terminal.bytes.decode())):
            self.assertIsNone(process.poll(), terminal.bytes)
            time.sleep(0.1)

    def start_a_campaign(self, name, *changes):
        process = self.start("run", self.configuration, "-o", name, *changes, ranks=2)
        self.addCleanup(kill_session, process)
        while not (self.folder / f"{name}.running").exists() or not (self.folder / name).exists():
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        return process

    def test_watch_without_a_terminal(self):
        running = self.start_a_campaign("watched.h5", "--set", "grid.seed=0..15")
        as_json = self.start("status", "--watch", "--json", "watched.h5")
        text = self.succeed("status", "--watch", "watched.h5")
        running.communicate(timeout=60)  # mpirun ends a little later than its ranks
        self.assertEqual(running.returncode, SUCCESS)
        self.assertNotIn("\033", text)
        # The numbers of points that are pending and cut short, in each status.
        looks = re.findall(r"(?m)^all +(\d+) .* (\d+) +\d+$", text)
        self.assertGreater(len(looks), 1)
        self.assertEqual(looks[-1], ("0", "16"))
        self.assertNotIn("running on", text.split("watched.h5: created")[-1])
        lines = as_json.communicate(timeout=20)[0].splitlines()
        states = [json.loads(line) for line in lines]
        self.assertTrue(all(state["running"]["alive"] for state in states[:-1]))
        self.assertEqual((states[-1]["running"], states[-1]["points"]["cut_short"]), (None, 16))
        # Without a running campaign the status is printed once.
        self.assertEqual(self.succeed("status", "--watch", "watched.h5"),
                         self.succeed("status", "watched.h5"))

    def test_watch_on_a_terminal(self):
        running = self.start_a_campaign("screen.h5", *LONG)
        terminal = Terminal(60, rows=9)
        process = terminal.start(self, "status", "--watch", "screen.h5")
        time.sleep(5)
        self.assertIsNone(process.poll())
        terminal.press_control_c()
        code, text = terminal.end(process, 5)
        self.assertEqual(code, -signal.SIGINT)
        frames = text.split("\033[H")[1:]
        self.assertGreater(len(frames), 1)
        for frame in frames:
            lines = frame.removesuffix("^C").removesuffix("\033[J").split("\033[K\r\n")
            self.assertEqual(lines.pop(), "")
            self.assertEqual(len(lines), 8)
            self.assertLessEqual(max(map(len, lines)), 60)
        self.assertIsNone(running.poll(), "the campaign goes on")


# Everything that has a row or a column in a table, with intervals and messages.
MANY = {"grid.algorithm": "teacher, gradient-flow, label-noise-sgd, mean-field-langevin, lazy, "
                          "random-features, flattest",
        "grid.samples": "8, 12", "grid.noise": "0, 0.25", "grid.width": "16", "grid.seed": "0..5",
        "training.steps": "100", "output.history": "0"}


class Columns(ScratchFolder):
    """The output fits every terminal of at least 40 columns."""

    # The width is that of the terminal, because COLUMNS is empty.
    environment = {"COLUMNS": "", "TERM": "xterm"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configuration = write_configuration(cls.folder / "many.cfg", MANY)
        cls.succeed("run", cls.configuration, "-o", "many.h5", ranks=2, timeout=200)

    def printed(self, columns, *arguments, ranks=0, **options):
        terminal = Terminal(columns)
        code, text = terminal.end(terminal.start(self, *arguments, ranks=ranks, **options))
        self.assertIn(code, (SUCCESS, WORK_LEFT), text)
        return text.replace("\r\n", "\n")

    def test_no_line_is_longer_than_the_terminal(self):
        for columns in (40, 60, 80):
            texts = {}
            for ranks in (0, 2):
                texts[f"run at {ranks}"] = self.printed(columns, "run", "many.cfg", "-o", "many.h5", ranks=ranks,
                                                        stderr=subprocess.DEVNULL)
            for arguments in (["status", "many.h5"], ["report", "many.h5"], ["report", "many.h5", "-o", "page"],
                              ["report", "many.h5", "--by", "", "--variable", "train_loss_before_polish,steps"],
                              ["show", "many.h5", "lazy, samples 8, noise 0, width 16, seed 0"],
                              ["rescale", "many.h5"], ["init"], ["help"],
                              ["help", "keys"], ["help", "label-noise-sgd"], ["help", "mean-field-langevin"],
                              *(["help", command] for command in (
                                  "init", "plan", "run", "status", "report", "show", "export", "verify", "merge",
                                  "rescale"))):
                texts[" ".join(arguments)] = self.printed(columns, *arguments)
            # The configuration itself is left out: a value is one line, however long.
            texts["plan"] = self.printed(columns, "plan", "many.cfg", "--ranks", "2", "--measure",
                                         "0.2").partition("\n# grid")[2]
            for command, text in texts.items():
                with self.subTest(columns=columns, command=command):
                    lines = text.splitlines()
                    self.assertGreater(len(lines), 0)
                    self.assertEqual([line for line in lines if len(line) > columns], [])
                    # Long texts use the whole width.
                    if len(lines) > 20:
                        self.assertGreater(max(map(len, lines)), columns - 12)

    def test_a_narrow_table_has_every_value(self):
        """At 40 columns an interval does not fit beside a name, so rows become lists."""
        narrow = self.printed(40, "report", "many.h5", "--where", "noise=0,samples=12")
        wide = self.printed(200, "report", "many.h5", "--where", "noise=0,samples=12")
        head, *rows = [re.split(r"  +", line) for line in wide.splitlines() if re.search(r"\S   *\S", line)]
        self.assertEqual(head[:3], ["algorithm", "orbit min/least", "trace/least"])
        self.assertEqual(len(rows), 7)
        for name, *cells in rows:
            of_row = re.search(rf"(?m)^{name}\n((?:  .*\n)+)", narrow)[1]
            values = re.findall(r"(?m)^  (\S.*?):\s+(.*)$", of_row)
            self.assertEqual(values, list(zip(head[1:], cells)))

    def test_the_variable_COLUMNS_comes_before_the_terminal(self):
        with unittest.mock.patch.object(type(self), "environment", {"COLUMNS": "50"}):
            self.assertIn(max(map(len, self.printed(120, "help").splitlines())), range(40, 51))
            self.assertEqual(self.printed(120, "help"), self.succeed("help"))
        # Without a terminal the width is 80 columns.
        self.assertIn(max(map(len, self.succeed("help").splitlines())), range(70, 81))

    def test_colour_on_a_terminal_only(self):
        red, yellow = "\033[1m\033[31mflatgrid:\033[0m ", "\033[1m\033[33mflatgrid: warning:\033[0m "
        plan = ("plan", "many.cfg", "--set", "training.weight-decay=0.1", "--set", "training.lazy-scale=2")
        ignored = ("plan", "many.cfg", "--set", "training.sam-radius=1")
        missing = ("status", "missing.h5")

        def on_a_terminal(arguments, **variables):
            with unittest.mock.patch.object(type(self), "environment", {"TERM": "xterm", **variables}):
                terminal = Terminal(80)
                return terminal.end(terminal.start(self, *arguments))[1].replace("\r\n", "\n")

        plain = self.flatgrid(*missing).stderr
        self.assertEqual(on_a_terminal(missing), plain.replace("flatgrid: ", red))
        self.assertEqual(on_a_terminal(missing, NO_COLOR=""), plain.replace("flatgrid: ", red))
        self.assertEqual(on_a_terminal(missing, NO_COLOR="1"), plain)
        self.assertEqual(on_a_terminal(missing, TERM="dumb"), plain)
        self.assertIn(yellow + "--set: key 'training.sam-radius'", on_a_terminal(ignored))
        self.assertNotIn("\033", on_a_terminal(plan))
        # mpirun copies the output of ranks to its terminal, in colour, or into a file, without colour.
        run = ("run", "missing.cfg", "-o", "none.h5")
        terminal = Terminal(80)
        code, text = terminal.end(terminal.start(self, *run, ranks=2))
        self.assertEqual((code, text.count(red)), (BAD_INPUT, 1), text)
        self.assertNotIn("\033", self.flatgrid(*run, ranks=2).stderr)


if __name__ == "__main__":
    unittest.main()
