// SPDX-License-Identifier: MIT
#include "flatgrid/parallel/barrier.hpp"

#include <algorithm>
#include <thread>

namespace flatgrid::parallel {

Barrier::Barrier(const Communicator& communicator) {
  check_mpi(MPI_Ibarrier(communicator.handle(), &request_), "MPI_Ibarrier");
}

bool Barrier::all_here() {
  int done = 0;
  check_mpi(MPI_Test(&request_, &done, MPI_STATUS_IGNORE), "MPI_Test");
  if (done != 0) return true;
  std::this_thread::sleep_for(pause_);
  // Short, as other ranks' one-sided operations may wait for this one to come back into MPI.
  pause_ = std::min(2 * pause_, std::chrono::microseconds(1000));
  return false;
}

}  // namespace flatgrid::parallel
