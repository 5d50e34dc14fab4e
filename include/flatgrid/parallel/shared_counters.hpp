// SPDX-License-Identifier: MIT
/// Integers that all ranks read and change without the help of a program on another rank.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <span>

#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// An array of 64-bit integers, at first zero, in the memory of rank 0, changed by MPI one-sided
/// atomic operations. Construction and destruction are collective, everything else is not.
/// An operation returns when it is complete on rank 0; on a network without remote atomics that is
/// when rank 0 next enters MPI (Communicator::make_progress).
class SharedCounters {
 public:
  SharedCounters(const Communicator& communicator, std::int64_t count);
  ~SharedCounters();
  SharedCounters(const SharedCounters&) = delete;
  SharedCounters& operator=(const SharedCounters&) = delete;

  /// counter[first + i] += values[i].
  void add(std::int64_t first, std::span<const std::int64_t> values);
  /// counter[index] = max(counter[index], value); returns the value before. A counter is either
  /// raised, added to or set, not more than one of these.
  std::int64_t raise(std::int64_t index, std::int64_t value);
  /// counter[index] = value.
  void set(std::int64_t index, std::int64_t value);
  /// values[i] = counter[first + i], each read atomically.
  void read(std::int64_t first, std::span<std::int64_t> values);

 private:
  void accumulate(std::int64_t first, std::span<const std::int64_t> values, MPI_Op operation);

  MPI_Win window_ = MPI_WIN_NULL;
};

}  // namespace flatgrid::parallel
