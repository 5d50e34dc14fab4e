#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The requirements in docs/install.md are those that CMake looks for, that jobs/install-packages.sh installs and that
the Spack recipe depends on. The script installs nothing where it cannot or must not. A package for one processor is
refused. tests/packages.sh tests packages and the container's definition in a fresh Debian."""

import json
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
INSTALL = REPOSITORY / "docs/install.md"
SCRIPT = REPOSITORY / "jobs/install-packages.sh"
DEFINITION = REPOSITORY / "cmake/packaging/flatgrid.def"
RECIPE = REPOSITORY / "cmake/packaging/spack_repo/flatgrid/packages/flatgrid/package.py"


def needed():
    """The table of docs/install.md: a row (CMake's name, least version, Debian packages, Spack's names) for each."""
    lines = [line.strip().strip("|") for line in INSTALL.read_text().splitlines() if line.count("|") == 6]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines[2:]]
    return [(cmake, least, set(re.sub(r"\(.*\)", "", debian).replace(",", " ").split()),
             set(spack.replace(",", " ").split())) for _, cmake, least, debian, spack in rows]


def recipe():
    """The Spack recipe's class, and its directives as [(name, arguments, keywords)], without Spack."""
    directives = []

    def directive(name):
        return lambda *arguments, **keywords: directives.append((name, arguments, keywords))

    class CMakePackage:
        run_tests = False
        stage = types.SimpleNamespace(source_path="/stage")

        def define(self, name, value):
            return f"-D{name}={value}"

        def define_from_variant(self, name, variant):
            assert variant in [words[0] for name, words, _ in directives if name == "variant"]
            return f"-D{name}="

    build_system = types.ModuleType("spack_repo.builtin.build_systems.cmake")
    build_system.CMakePackage, build_system.generator = CMakePackage, directive("generator")
    package = types.ModuleType("spack.package")
    package.join_path = os.path.join
    for name in ("license", "version", "variant", "depends_on", "conflicts", "resource"):
        setattr(package, name, directive(name))
    parents = ("spack_repo", "spack_repo.builtin", "spack_repo.builtin.build_systems", "spack")
    modules = {**{name: types.ModuleType(name) for name in parents}, build_system.__name__: build_system,
               package.__name__: package}
    with unittest.mock.patch.dict(sys.modules, modules):
        scope = {"__file__": str(RECIPE)}
        exec(compile(RECIPE.read_text(), RECIPE, "exec"), scope)
    return scope["Flatgrid"], directives


class Needed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="flatgrid-")
        cls.addClassCleanup(temporary.cleanup)
        cls.build = Path(temporary.name) / "build"
        trace = Path(temporary.name) / "trace"
        files = ["CMakeLists.txt", *(path.name for path in REPOSITORY.glob("cmake/*.cmake"))]
        subprocess.run(["cmake", "-S", REPOSITORY, "-B", cls.build, "-D", "FLATGRID_BENCHMARKS=OFF",
                        "-D", "FLATGRID_NATIVE=ON", "--trace-expand", "--trace-format=json-v1",
                        f"--trace-redirect={trace}", *(f"--trace-source={name}" for name in files)],
                       check=True, capture_output=True)
        cls.calls = [json.loads(line) for line in trace.read_text().splitlines()]
        cls.options = set(re.findall(r"^(FLATGRID_\w+):", (cls.build / "CMakeCache.txt").read_text(), re.MULTILINE))
        cls.recipe, cls.directives = recipe()

    def arguments(self, command):
        return [call["args"] for call in self.calls if call.get("cmd") == command]

    def test_cmake_looks_for_what_the_table_says(self):
        table = {cmake: least for cmake, least, _, _ in needed() if cmake}
        found = {words[0]: words[1] if words[1][0].isdigit() else None for words in self.arguments("find_package")}
        found |= {words[0]: None for command in ("find_path", "find_file") for words in self.arguments(command)}
        found.pop("QUADMATH_INCLUDE_DIR", None)  # part of GCC
        del found["Threads"]  # part of the C library
        # The table may have a version where CMake requires none.
        found = {name: table.get(name) if least is None else least for name, least in found.items()}
        self.assertEqual(found, table)
        self.assertIn(["VERSION", *(least for _, least, debian, _ in needed() if debian == {"cmake"})],
                      self.arguments("cmake_minimum_required"))

    def test_the_script_installs_what_the_table_says(self):
        packages = re.search(r"^packages=\((.*?)^\)", SCRIPT.read_text(), re.MULTILINE | re.DOTALL)[1]
        self.assertEqual(set(re.sub("#.*", "", packages).split()), set().union(*(row[2] for row in needed())))

    def test_the_recipe_depends_on_what_the_table_says(self):
        specs = {re.match(r"[\w-]+", words[0])[0]: words[0] for name, words, _ in self.directives
                 if name == "depends_on"}
        specs |= {words[0]: words[0] for name, words, _ in self.directives if name == "generator"}
        self.assertEqual(set(specs), set().union(*(row[3] for row in needed())))
        for _, least, _, spack in needed():
            for name in spack:
                self.assertEqual(re.findall(r"@([\d.]+):", specs[name]), [least] if least else [], specs[name])

    def test_the_recipe_sets_options_that_exist(self):
        arguments = self.recipe().cmake_args()
        self.assertIn("-DFLATGRID_CHART_JS=/stage/chart.js/dist/chart.min.js", arguments)
        self.assertLessEqual({re.match(r"-D(\w+)=", word)[1] for word in arguments}, self.options)
        self.assertEqual(self.recipe.git, REPOSITORY.resolve().as_uri())

    def test_the_documentation_names_options_that_exist(self):
        named = set(re.findall(r"\bFLATGRID_\w+", INSTALL.read_text())) - {"FLATGRID_PACKAGES"}
        self.assertIn("FLATGRID_NATIVE", named)
        self.assertLessEqual(named, self.options)

    def test_the_definition_builds_what_runs_elsewhere(self):
        self.assertIn("cmake --preset package\n", DEFINITION.read_text())
        presets = json.loads((REPOSITORY / "CMakePresets.json").read_text())["configurePresets"]
        package = next(preset for preset in presets if preset["name"] == "package")["cacheVariables"]
        self.assertEqual(package["FLATGRID_NATIVE"], "OFF")
        self.assertLessEqual({name for name in package if name.startswith("FLATGRID_")}, self.options)

    def test_a_package_for_one_processor_is_refused(self):
        # The package has no files, because this build folder has none and cpack would first build them.
        result = subprocess.run(["cpack", "-G", "DEB", "-D", "CPACK_INSTALL_CMAKE_PROJECTS="], cwd=self.build, text=True,
                                capture_output=True)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("FLATGRID_NATIVE=ON", result.stderr)
        self.assertEqual(list(self.build.glob("*.deb")), [])


class Script(unittest.TestCase):
    """jobs/install-packages.sh on machines that are simulated by replacements of its tools."""

    def run_script(self, tools, **environment):
        """Runs the script on a machine with bash, coreutils and `tools` ({name: text of a shell script}) only."""
        with tempfile.TemporaryDirectory(prefix="flatgrid-") as folder:
            for name in ("bash", "env", "id", "mktemp", "rm", "cat"):
                os.symlink(f"/usr/bin/{name}", Path(folder) / name)
            for name, text in tools.items():
                (Path(folder) / name).unlink(missing_ok=True)
                (Path(folder) / name).write_text(f"#!/bin/sh\n{text}\n")
                (Path(folder) / name).chmod(0o755)
            result = subprocess.run([SCRIPT], env={"PATH": folder, **environment}, text=True, capture_output=True)
        return result.returncode, result.stdout, result.stderr

    NOTHING_INSTALLED = {"dpkg-query": "exit 1", "apt-get": "echo called >&2; exit 1"}

    def test_without_apt_get_it_says_so_and_goes_on(self):
        code, output, errors = self.run_script({})
        self.assertEqual((code, output), (0, ""))
        self.assertRegex(errors, r"\Ano apt-get: .*docs/install\.md .*\n\Z")

    def test_own_packages_are_left_alone(self):
        for tools in ({}, self.NOTHING_INSTALLED):
            self.assertEqual(self.run_script(tools, FLATGRID_PACKAGES="own"), (0, "", ""))

    def test_another_value_is_refused(self):
        code, output, errors = self.run_script(self.NOTHING_INSTALLED, FLATGRID_PACKAGES="owm")
        self.assertEqual((code, output), (2, ""))
        self.assertRegex(errors, r"\AFLATGRID_PACKAGES=owm: .*own.*\n\Z")

    def test_without_root_it_names_packages_and_the_way_around(self):
        code, output, errors = self.run_script({**self.NOTHING_INSTALLED, "id": "echo 1000"})
        self.assertEqual((code, output), (2, ""))
        self.assertRegex(errors, r"\A.*libhdf5-openmpi-dev.*FLATGRID_PACKAGES=own\n\Z")

    def test_what_apt_get_says_is_shown_if_it_fails(self):
        code, _, errors = self.run_script({**self.NOTHING_INSTALLED, "id": "echo 0"})
        self.assertEqual(code, 1)
        self.assertRegex(errors, r"\Acalled\napt-get update failed.*FLATGRID_PACKAGES=own.*\n\Z")


if __name__ == "__main__":
    unittest.main()
