// SPDX-License-Identifier: MIT
#include "flatgrid/parallel/session.hpp"

#include <mpi.h>

#include <array>
#include <cstdlib>

#include "flatgrid/base/error.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

namespace {

/// A process that no mpirun or srun has started talks to nobody. Open MPI would start a daemon for it
/// and look for networks: 0.4 of the 0.5 seconds that a command takes.
void expect_no_other_rank() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_FD"})
    if (std::getenv(name) != nullptr) return;
  setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
  setenv("OMPI_MCA_pml", "ob1", 0);
}

/// Nothing here uses shared file pointers, yet Open MPI sets them up for every file that it opens. Of its
/// three ways `sm` needs a writable /dev/shm, and it and `lockedfile` overflow a buffer on paths of 250
/// characters; `individual` does nothing.
void choose_shared_file_pointers() { setenv("OMPI_MCA_sharedfp", "individual", 0); }

}  // namespace

MpiSession::MpiSession() {
  expect_no_other_rank();
  choose_shared_file_pointers();
  // One thread speaks to MPI, others may run beside it. (No implementation in use offers less.)
  int provided = MPI_THREAD_SINGLE;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

MpiSession::~MpiSession() { MPI_Finalize(); }

void MpiSession::abort_all_ranks() {
  MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::work_left));
  std::abort();
}

std::string mpi_library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  const std::string version(text.data());
  return version.substr(0, version.find_first_of(",\n"));
}

}  // namespace flatgrid::parallel
