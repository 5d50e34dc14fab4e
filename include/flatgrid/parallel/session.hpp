// SPDX-License-Identifier: MIT
/// The lifetime of MPI in a program.
#pragma once

#include <string>

namespace flatgrid::parallel {

/// Calls MPI_Init and MPI_Finalize. Works under mpirun or srun, and without them (one rank). A failing MPI
/// call does not abort but returns, and flatgrid throws Error. Construction and destruction are collective.
class MpiSession {
 public:
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  /// Ends all ranks at once with exit code 75, because files may have changed. The last resort for an
  /// error of a single rank that it cannot agree on with the others, because they wait for it: a bug or a
  /// broken machine, never a user's mistake.
  [[noreturn]] static void abort_all_ranks();
};

/// Name and version of the MPI library, "Open MPI v4.1.4". Needs no MPI_Init.
std::string mpi_library();

}  // namespace flatgrid::parallel
