// SPDX-License-Identifier: MIT
/// Integers that all ranks read and change by one-sided communication.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <span>

#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// An array of 64-bit integers in the memory of rank 0, initially zero, changed by one-sided atomic MPI
/// operations. Construction and destruction are collective, the other members are not. An operation
/// returns when it is complete on rank 0; on a network without remote atomics this is when rank 0 next
/// enters MPI (Communicator::make_progress).
class SharedCounters {
 public:
  SharedCounters(const Communicator& communicator, std::int64_t count);
  ~SharedCounters();
  SharedCounters(const SharedCounters&) = delete;
  SharedCounters& operator=(const SharedCounters&) = delete;

  /// counter[first + i] += values[i].
  void add(std::int64_t first, std::span<const std::int64_t> values);
  /// counter[index] = max(counter[index], value); returns the previous value. Use only one of `add`,
  /// `raise` and `set` on a counter.
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
