// SPDX-License-Identifier: MIT
/// A non-blocking barrier.
#pragma once

#include <mpi.h>

#include <chrono>

#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// A barrier that each rank polls, so that it can answer other ranks while it waits:
///     Barrier barrier(communicator);
///     while (!barrier.all_here()) serve();
/// Construction is collective and does not wait. Every rank must poll until `all_here` returns true.
class Barrier {
 public:
  explicit Barrier(const Communicator& communicator);
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  /// Whether all ranks have constructed the barrier. If not, sleeps for up to a millisecond, so that a
  /// waiting rank does not occupy a core.
  bool all_here();

 private:
  MPI_Request request_ =
      MPI_REQUEST_NULL;  // null again once all ranks are here; MPI cannot cancel it
  std::chrono::microseconds pause_{50};
};

}  // namespace flatgrid::parallel
