#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""CMake chooses an HDF5 that fits the MPI, and names each missing library. The rooms that use MPI and HDF5 compile
with each MPI of Debian. FLATGRID names the program in a build folder; with the MPI of this build they are compiled
already."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
HDF5 = Path(f"/usr/lib/{os.uname().machine}-linux-gnu/hdf5")  # has a folder for each MPI
OF_DEBIAN = {"Open MPI": ("mpicxx.openmpi", "openmpi"), "MPICH": ("mpicxx.mpich", "mpich")}
NEEDED = {  # missing library: the definition that hides it, and the words that the message must contain
    "Eigen 3.4": ("CMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON", "libeigen3-dev", "Eigen3_ROOT"),
    "Boost 1.74": ("CMAKE_DISABLE_FIND_PACKAGE_Boost=ON", "libboost-program-options-dev", "Boost_ROOT"),
    "fmt": ("CMAKE_DISABLE_FIND_PACKAGE_fmt=ON", "libfmt-dev", "fmt_ROOT"),
    "nlohmann_json 3.9": ("CMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON", "nlohmann-json3-dev", "nlohmann_json_ROOT"),
    "Random123": ("RANDOM123_INCLUDE_DIR=/nowhere", "librandom123-dev", "RANDOM123_INCLUDE_DIR"),
    "cereal": ("CEREAL_INCLUDE_DIR=/nowhere", "libcereal-dev", "CEREAL_INCLUDE_DIR"),
    "Spectra": ("SPECTRA_INCLUDE_DIR=/nowhere", "libspectra-dev", "SPECTRA_INCLUDE_DIR"),
    "Chart.js 3": ("FLATGRID_CHART_JS=/nowhere", "libjs-chart.js", "FLATGRID_CHART_JS"),
    "MPI": ("CMAKE_DISABLE_FIND_PACKAGE_MPI=ON", "libopenmpi-dev", "MPI_HOME"),
    "HDF5": ("CMAKE_DISABLE_FIND_PACKAGE_HDF5=ON", "libhdf5-openmpi-dev", "HDF5_ROOT"),
}


def is_used(wrapper):
    """Whether the program under test is built with the MPI of this compiler wrapper."""
    cache = (Path(os.environ["FLATGRID"]).parent / "CMakeCache.txt").read_text()
    used = re.search("^MPI_CXX_COMPILER:\w+=(.*)$", cache, re.MULTILINE)[1]
    return Path(shutil.which(used)).resolve() == Path(shutil.which(wrapper)).resolve()


class Configuring(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="flatgrid-")
        self.addCleanup(temporary.cleanup)
        self.build = Path(temporary.name) / "build"

    def configure(self, *definitions, generator="Ninja", **variables):
        """Configures a build without optimization. Returns CMake's exit code and its output."""
        end = subprocess.run(
            ["cmake", "-S", REPOSITORY, "-B", self.build, "-G", generator, "-D", "CMAKE_BUILD_TYPE=Debug",
             "-D", "CMAKE_CXX_FLAGS_DEBUG=-O0", "-D", "CMAKE_DISABLE_PRECOMPILE_HEADERS=ON",
             "-D", "FLATGRID_WARNINGS_AS_ERRORS=ON", "-D", "FLATGRID_QUICK_BUILD=OFF",  # one object per source
             *[word for definition in definitions for word in ("-D", definition)]],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=300,
            env={**{name: value for name, value in os.environ.items() if name != "HDF5_ROOT"}, **variables})
        return end.returncode, end.stdout

    def compile(self, room):
        """Compiles the sources of a room only."""
        sources = (REPOSITORY / "src" / room).glob("*.cpp")
        objects = [f"CMakeFiles/flatgrid_{room}.dir/src/{room}/{source.name}.o" for source in sources]
        self.assertTrue(objects)
        end = subprocess.run(["cmake", "--build", self.build, "--target", *objects], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(end.returncode, 0, end.stdout)

    def test_each_mpi(self):
        for mpi, (wrapper, folder) in OF_DEBIAN.items():
            other, (_, other_folder) = next(item for item in OF_DEBIAN.items() if item[0] != mpi)
            with self.subTest(mpi):
                shutil.rmtree(self.build, ignore_errors=True)
                if not shutil.which(wrapper):
                    self.skipTest(f"no {wrapper} here")
                chosen = f"MPI_CXX_COMPILER={wrapper}"
                # The environment names an HDF5 of the other MPI, which is refused.
                code, said = self.configure(chosen, HDF5_ROOT=str(HDF5 / other_folder))
                self.assertEqual(code, 1, said)
                refusal = next(line for line in said.splitlines() if "is built for" in line)
                for fact in (str(HDF5 / other_folder), f"built for {other}", f"is {mpi}", "HDF5_ROOT", "MPI_HOME",
                             f"libhdf5-{folder}-dev"):
                    self.assertIn(fact, refusal)
                # By default CMake finds the HDF5 of the MPI.
                code, said = self.configure(chosen)
                self.assertEqual(code, 0, said)
                self.assertIn(f"Found HDF5: {HDF5 / folder}/lib/libhdf5.so", said)
                if not is_used(wrapper):
                    self.compile("parallel")
                    self.compile("results")

    def test_a_line_for_all_that_is_missing(self):
        code, said = self.configure(*[told for told, _, _ in NEEDED.values()])
        self.assertEqual(code, 1)
        for name, (_, package, variable) in NEEDED.items():
            with self.subTest(name):
                lines = re.findall(f"^ +{re.escape(name)}.*", said, re.MULTILINE)
                self.assertEqual(len(lines), 1, said)
                self.assertIn(f" {package},", lines[0])
                self.assertIn(f" -D {variable}=", lines[0])

    def test_make_and_no_catch2(self):
        code, said = self.configure("CMAKE_DISABLE_FIND_PACKAGE_Catch2=ON", generator="Unix Makefiles")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, "No unit and MPI tests: Catch2.* is missing")
        self.assertNotIn("Warning", said)
        targets = subprocess.run(["make", "-C", self.build, "help"], text=True, capture_output=True, check=True).stdout
        self.assertIn("... flatgrid\n", targets)
        self.assertNotIn("unit_tests", targets)

    def test_no_manual_pages_where_the_program_cannot_run(self):
        code, said = self.configure("CMAKE_SYSTEM_NAME=Linux", f"CMAKE_SYSTEM_PROCESSOR={os.uname().machine}",
                                    "FLATGRID_TESTS=OFF")
        self.assertEqual(code, 0, said)
        self.assertIn("No manual pages and no completion: cross-compiling without CMAKE_CROSSCOMPILING_EMULATOR", said)
        self.assertNotIn("write_help.cmake", (self.build / "build.ninja").read_text())


if __name__ == "__main__":
    unittest.main()
