// SPDX-License-Identifier: MIT
#include "flatgrid/results/provenance.hpp"

#include <Eigen/Core>
#include <fmt/format.h>

#include "flatgrid/network/instruction_set.hpp"
#include "flatgrid/parallel/session.hpp"
#include "flatgrid/results/hdf5.hpp"
#include "provenance_of_build.hpp"

namespace flatgrid::results {

std::string_view version() { return build::k_version; }

std::string_view git_commit() { return build::k_git_commit; }

std::string build_description() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  const std::string kernels = network::instruction_set().empty()
                                  ? ""
                                  : fmt::format(" (kernels: {})", network::instruction_set());
  return fmt::format("{}; flags: {}{}; Eigen {}.{}.{}; HDF5 {}.{}.{}; {}", build::k_compiler,
                     build::k_flags, kernels, EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION,
                     EIGEN_MINOR_VERSION, major, minor, release, parallel::mpi_library());
}

}  // namespace flatgrid::results
