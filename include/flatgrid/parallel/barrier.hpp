// SPDX-License-Identifier: MIT
/// A place that all ranks come to before any goes on.
#pragma once

#include <mpi.h>

#include <chrono>

#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// A barrier that each rank polls, so that it can go on serving the others:
///     Barrier barrier(communicator);
///     while (!barrier.all_here()) serve();
/// Construction is collective and waits for nobody; it must be polled until all are here.
class Barrier {
 public:
  explicit Barrier(const Communicator& communicator);
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// Whether all ranks have come. If not, sleeps for up to a millisecond: a waiting rank leaves its
  /// core to those that still compute.
  bool all_here();

 private:
  MPI_Request request_ =
      MPI_REQUEST_NULL;  // gone once all are here; MPI offers no way to cancel it
  std::chrono::microseconds pause_{50};
};

}  // namespace flatgrid::parallel
