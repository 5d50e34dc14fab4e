#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`cmake --install` installs the program, its manual and completion, and a library for other programs. FLATGRID names
the program in the build folder."""

import os
import re
import subprocess
import unittest
from pathlib import Path

import h5py
import numpy

import flatgrid_program
from flatgrid_program import ScratchFolder

CONSUMER = Path(__file__).with_name("consumer")
BUILD = Path(flatgrid_program.FLATGRID).parent


def succeed(*command, **options):
    result = subprocess.run([str(word) for word in command], text=True, capture_output=True, **options)
    if result.returncode != 0:
        raise AssertionError(f"{command}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}")
    return result


class Install(ScratchFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keep_record_of_the_user()
        cls.prefix = cls.folder.parent / "prefix"
        succeed("cmake", "--install", BUILD, "--prefix", cls.prefix)
        # From here on the tests run the installed program.
        before = flatgrid_program.FLATGRID
        cls.addClassCleanup(setattr, flatgrid_program, "FLATGRID", before)
        flatgrid_program.FLATGRID = str(cls.prefix / "bin/flatgrid")
        cls.data = cls.prefix / "share/flatgrid/data"
        cls.results = cls.folder / "results.h5"
        # The folder is empty: the program must not need files from it.
        cls.succeed("run", cls.data / "quickstart.cfg", "-o", cls.results, "--set", "grid.seed=0",
                    "--set", "grid.width=100", "--set", "grid.algorithm=teacher,random-features",
                    ranks=2)

    @classmethod
    def keep_record_of_the_user(cls):
        """Restores the list of installed files after the tests, so that `uninstall` removes the user's installation."""
        record = BUILD / "installed_files.txt"
        if record.exists():
            cls.addClassCleanup(record.write_text, record.read_text())
        else:
            cls.addClassCleanup(record.unlink, missing_ok=True)

    def test_the_program_in_an_empty_folder(self):
        self.assertEqual([path.name for path in self.folder.iterdir()], ["results.h5"])
        self.assertEqual(self.assert_whole(self.results), 4)

    def test_a_program_built_upon_the_library(self):
        build = self.folder.parent / "consumer"
        succeed("cmake", "-S", CONSUMER, "-B", build, "-D", f"CMAKE_PREFIX_PATH={self.prefix}")
        succeed("cmake", "--build", build)
        printed = succeed(build / "consumer", self.results).stdout.split()
        with h5py.File(self.results) as file:
            losses = file["population_loss"][...].ravel()
            inner = file["networks/width_100/inner"][...].reshape(losses.size, -1)
        self.assertEqual([float(word) for word in printed[::2]], list(losses))
        numpy.testing.assert_allclose([float(word) for word in printed[1::2]],
                                      numpy.linalg.norm(inner, axis=1), rtol=1e-12)

    def test_the_library_names_what_its_headers_miss(self):
        end = subprocess.run(["cmake", "-S", CONSUMER, "-B", self.folder.parent / "without_cereal",
                              "-D", f"CMAKE_PREFIX_PATH={self.prefix}", "-D", "CEREAL_INCLUDE_DIR=/nowhere"],
                             text=True, capture_output=True, check=False)
        self.assertEqual(end.returncode, 1)
        self.assertIn("cereal is missing: Debian package libcereal-dev, or -D CEREAL_INCLUDE_DIR=FOLDER",
                      " ".join(end.stderr.split()))

    def test_installing_does_not_run_the_program(self):
        # A broken library is found before the one that flatgrid needs, so flatgrid cannot start.
        broken = self.folder.parent / "broken"
        broken.mkdir()
        linked = succeed("ldd", flatgrid_program.FLATGRID).stdout
        (broken / re.search(r"libhdf5\S*", linked)[0]).write_text("")
        environment = {**os.environ, "LD_LIBRARY_PATH": str(broken)}
        end = subprocess.run([flatgrid_program.FLATGRID, "help"], env=environment, capture_output=True, check=False)
        self.assertEqual(end.returncode, 127)
        prefix = self.folder.parent / "elsewhere"
        succeed("cmake", "--install", BUILD, "--prefix", prefix, env=environment)
        self.assertTrue((prefix / "share/man/man1/flatgrid.1").exists())

    def test_manual_pages(self):
        for section, facts in ((1, ("flatgrid run CONFIG", "--max-time TIME|slurm", "75 stopped")),
                               (5, ("[training]", "learning-rate = auto", "0..19"))):
            page = self.prefix / f"share/man/man{section}/flatgrid.{section}"
            # man formats pages like this. Every warning of troff is an error.
            shown = succeed("groff", "-man", "-ww", "-b", "-Tascii", "-P-cbou", page)
            self.assertEqual(shown.stderr, "")
            text = " ".join(shown.stdout.split())
            for fact in facts:
                self.assertIn(fact, text)

    def test_a_job_is_submitted_with_the_installed_program(self):
        shown = succeed(self.prefix / "share/flatgrid/jobs/submit.sh", "one-node",
                        self.data / "quickstart.cfg", self.folder / "job.h5", "--dry-run",
                        env={**os.environ, "FLATGRID_SITE": ""})
        self.assertIn(f"{self.prefix}/share/flatgrid", shown.stderr)

    def test_uninstall_removes_what_install_wrote(self):
        prefix = self.folder.parent / "removed [twice]"
        root = self.folder.parent / "root"
        theirs = prefix / "share/flatgrid/data/my.cfg"
        for destination in ("", str(root)):
            with self.subTest(DESTDIR=destination):
                environment = {**os.environ, "DESTDIR": destination}
                there = root / prefix.relative_to("/") if destination else prefix
                succeed("cmake", "--install", BUILD, "--prefix", prefix, env=environment)
                self.assertTrue((there / "bin/flatgrid").exists())
                theirs.parent.mkdir(parents=True, exist_ok=True)
                theirs.write_text("mine")
                succeed("cmake", "--build", BUILD, "--target", "uninstall")
                self.assertEqual([path for path in there.rglob("*") if not path.is_dir()],
                                 [] if destination else [theirs])
                self.assertEqual([path for path in there.rglob("flatgrid*")],
                                 [] if destination else [prefix / "share/flatgrid"])
                self.assertTrue((there / "bin").is_dir())
        again = subprocess.run(["cmake", "--build", BUILD, "--target", "uninstall"], text=True, capture_output=True)
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("Nothing to remove", again.stdout + again.stderr)


if __name__ == "__main__":
    unittest.main()
