// SPDX-License-Identifier: MIT
/// The lifetime of MPI in a program.
#pragma once

#include <string>

namespace flatgrid::parallel {

/// MPI_Init to MPI_Finalize. Works under mpirun or srun and alone (one rank). Failing MPI calls
/// return to flatgrid, which turns them into exceptions of type Error, instead of aborting.
/// Construction and destruction are collective.
class MpiSession {
 public:
  MpiSession();
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  /// Ends all ranks at once, with exit code 75: something may have been changed. The last resort for an error that one rank alone has met and the
  /// others cannot learn of, because they wait for it: a defect or a broken machine, never a user's
  /// mistake.
  [[noreturn]] static void abort_all_ranks();
};

/// Name and version of the MPI library, "Open MPI v4.1.4". Needs no MPI_Init.
std::string mpi_library();

}  // namespace flatgrid::parallel
