# SPDX-License-Identifier: MIT
import pathlib

from spack_repo.builtin.build_systems.cmake import CMakePackage, generator

from spack.package import *


class Flatgrid(CMakePackage):
    """Measures loss and flatness of interpolating two-layer networks over grids of seeds, widths,
    noise and algorithms, on many MPI ranks, into one HDF5 file."""

    # The checkout that this recipe lies in.
    git = pathlib.Path(__file__).resolve().parents[6].as_uri()

    license("MIT")

    version("main", branch="main")

    variant("native", default=True,
            description="Optimize for the processor of the machine that compiles")

    generator("ninja")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.22:", type="build")
    depends_on("git", type="build")

    # Not above the newest that flatgrid has been built with, where a new major version may break it.
    depends_on("mpi")
    depends_on("hdf5@1.10.5:1.14 +mpi +hl")
    depends_on("eigen@3.4:3")
    depends_on("boost@1.74: +program_options")
    depends_on("fmt@:10")
    depends_on("nlohmann-json@3.9:3")
    depends_on("random123")
    depends_on("cereal")
    depends_on("spectra@1:1")
    depends_on("gnuplot +cairo", type="run")
    depends_on("catch2@2.13:3", type="test")

    conflicts("%gcc@:10", msg="flatgrid is written in C++20")

    resource(
        name="chart.js",
        url="https://registry.npmjs.org/chart.js/-/chart.js-3.9.1.tgz",
        sha256="111e0751796f087a51e94dfed910ccfb1278fd30e584a6e48514dba9ae7e72c6",
        placement="chart.js",
    )

    def cmake_args(self):
        return [
            self.define_from_variant("FLATGRID_NATIVE", "native"),
            self.define("FLATGRID_TESTS", self.run_tests),
            self.define("FLATGRID_BENCHMARKS", False),
            self.define("FLATGRID_CHART_JS",
                        join_path(self.stage.source_path, "chart.js", "dist", "chart.min.js")),
        ]
