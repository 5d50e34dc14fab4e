#include "flatgrid/parallel/session.hpp"

#include <mpi.h>

#include <cstdlib>

#include "flatgrid/base/error.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid {

MpiSession::MpiSession() {
  check_mpi(MPI_Init(nullptr, nullptr), "MPI_Init");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

MpiSession::~MpiSession() { MPI_Finalize(); }

void MpiSession::abort_all_ranks() {
  MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::bad_input));
  std::abort();
}

}  // namespace flatgrid
