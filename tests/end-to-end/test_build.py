#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The output of jobs/build.sh: its progress, and its last lines if a step fails. The tests build a project of a few
files in a temporary folder, with ninja and with make."""

import json
import os
import pty
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
GENERATORS = [name for name, program in {"Ninja": "ninja", "Unix Makefiles": "make"}.items()
              if shutil.which(program)]
PROGRESS = re.compile(r"building: (\d+) % \((\d+) of (\d+) steps\), \d+ (?:s|min)(, about \d+ (?:s|min) left)?")

PROJECT = """
cmake_minimum_required(VERSION 3.22)
project(scratch LANGUAGES C)
set(slow)
foreach(number 1 2 3 4)
  add_custom_command(OUTPUT slow${number}.c DEPENDS ${slow} COMMAND sleep 1
                     COMMAND ${CMAKE_COMMAND} -E touch slow${number}.c)
  set(slow slow${number}.c)
  list(APPEND sources slow${number}.c)
endforeach()
add_executable(flatgrid main.c other.c ${sources})
"""


class Build(unittest.TestCase):
    def project(self, generator, other="int other;"):
        """Makes a project that takes four seconds to build, and returns its folder."""
        temporary = tempfile.TemporaryDirectory(prefix="flatgrid-")
        self.addCleanup(temporary.cleanup)
        folder = Path(temporary.name) / "a folder"
        (folder / "jobs").mkdir(parents=True)
        for script in ("build.sh", "environment.sh"):
            shutil.copy(REPOSITORY / "jobs" / script, folder / "jobs")
        (folder / "jobs/install-packages.sh").write_text("#!/bin/sh\n")
        (folder / "jobs/install-packages.sh").chmod(0o755)
        (folder / "CMakePresets.json").write_text(json.dumps({
            "version": 3,
            "configurePresets": [{"name": "release", "generator": generator,
                                  "binaryDir": "${sourceDir}/build"}],
            "buildPresets": [{"name": "release", "configurePreset": "release", "jobs": 2}]}))
        (folder / "CMakeLists.txt").write_text(PROJECT)
        (folder / "main.c").write_text("int main(void) { return 0; }\n")
        (folder / "other.c").write_text(other)
        return folder

    def build(self, folder):
        return subprocess.run([folder / "jobs/build.sh"], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=100)

    def build_on_terminal(self, folder):
        """Returns the exit code and the output on the terminal."""
        terminal, end = pty.openpty()
        process = subprocess.Popen([folder / "jobs/build.sh"], stdin=end, stdout=end, stderr=end)
        os.close(end)
        sent = b""
        try:
            while block := os.read(terminal, 4096):
                sent += block
        except OSError:
            pass  # the build has closed the terminal
        os.close(terminal)
        return process.wait(timeout=100), sent.decode()

    def check_counts(self, shown):
        """Checks that all lines are complete lines of progress, whose percentages ascend to 100."""
        found = [PROGRESS.fullmatch(line) for line in shown]
        self.assertTrue(all(found), shown)
        percents = [int(line[1]) for line in found]
        self.assertEqual(percents, sorted(percents))
        self.assertEqual(percents[-1], 100)
        for line in found:
            self.assertEqual(int(line[1]), 100 * int(line[2]) // int(line[3]))
        self.assertTrue(any(line[4] for line in found), "the time left is never said")
        self.assertIsNone(found[-1][4])

    def test_one_line_on_a_terminal(self):
        for generator in GENERATORS:
            with self.subTest(generator):
                code, sent = self.build_on_terminal(self.project(generator))
                self.assertEqual(code, 0, sent)
                self.assertEqual(sent.count("\n"), 1, sent)
                shown = [re.sub(r"\x1b\[\??\d*[A-Za-z]", "", line) for line in sent.strip().split("\r")]
                self.check_counts([line for line in shown if line])

    def test_lines_elsewhere(self):
        for generator in GENERATORS:
            with self.subTest(generator):
                folder = self.project(generator)
                result = self.build(folder)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.check_counts(result.stdout.splitlines())
                self.assertLessEqual(len(result.stdout.splitlines()), 11)
                self.assertTrue((folder / "build/flatgrid").exists())

    def test_nothing_is_shown_if_nothing_is_left_to_do(self):
        folder = self.project("Ninja")
        self.build(folder)
        again = self.build(folder)
        self.assertEqual((again.returncode, again.stdout, again.stderr), (0, "", ""))

    def test_the_messages_of_what_failed_come_last(self):
        for generator in GENERATORS:
            with self.subTest(generator):
                folder = self.project(generator, other="int other = missing_name;\n")
                result = self.build(folder)
                for code, text in ((result.returncode, result.stderr), self.build_on_terminal(folder)):
                    self.assertEqual(code, 1)
                    last = text.replace("\r\n", "\n").split("the build failed:\n")[1].splitlines()
                    self.assertRegex(last[0], r"other\.c:1:\d+: error: .*missing_name")
                    self.assertRegex(last[-1], r"^ *\| *\^~+$")

    def test_what_fails_before_the_build(self):
        folder = self.project("Ninja")
        (folder / "CMakeLists.txt").write_text(PROJECT + 'message(FATAL_ERROR "no such library")')
        result = self.build(folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no such library", result.stderr)


if __name__ == "__main__":
    unittest.main()
