// SPDX-License-Identifier: MIT
#include "flatgrid/parallel/session.hpp"

#include <mpi.h>

#include <cstdlib>

#include "flatgrid/base/error.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid {

MpiSession::MpiSession() {
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

}  // namespace flatgrid
