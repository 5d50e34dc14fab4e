// SPDX-License-Identifier: MIT
#include "flatgrid/parallel/shared_counters.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "flatgrid/parallel/agreement.hpp"

namespace flatgrid::parallel {
namespace {

constexpr int k_host = 0;

}  // namespace

SharedCounters::SharedCounters(const Communicator& communicator, std::int64_t count) {
  const std::int64_t hosted = communicator.rank() == k_host ? count : 0;
  std::int64_t* memory = nullptr;
  try {
    check_mpi(
        MPI_Win_allocate(hosted * static_cast<MPI_Aint>(sizeof(std::int64_t)), sizeof(std::int64_t),
                         MPI_INFO_NULL, communicator.handle(), &memory, &window_),
        "MPI_Win_allocate");
  } catch (const Error& error) {
    // On all ranks alike: they choose together how to communicate.
    throw AgreedError(fmt::format(
        "{}: this MPI offers no one-sided communication between these nodes; with Open MPI over "
        "TCP set OMPI_MCA_osc=^ucx in the environment",
        error.what()));
  }
  check_mpi(MPI_Win_set_errhandler(window_, MPI_ERRORS_RETURN), "MPI_Win_set_errhandler");
  // One passive epoch for the whole life: every operation ends with a flush.
  check_mpi(MPI_Win_lock_all(0, window_), "MPI_Win_lock_all");
  std::fill_n(memory, hosted, 0);
  check_mpi(MPI_Win_sync(window_), "MPI_Win_sync");
  check_mpi(MPI_Barrier(communicator.handle()), "MPI_Barrier");
}

SharedCounters::~SharedCounters() {
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

void SharedCounters::add(std::int64_t first, std::span<const std::int64_t> values) {
  accumulate(first, values, MPI_SUM);
}

void SharedCounters::set(std::int64_t index, std::int64_t value) {
  accumulate(index, {&value, 1}, MPI_REPLACE);
}

std::int64_t SharedCounters::raise(std::int64_t index, std::int64_t value) {
  std::int64_t before = 0;
  check_mpi(MPI_Fetch_and_op(&value, &before, MPI_INT64_T, k_host, index, MPI_MAX, window_),
            "MPI_Fetch_and_op");
  check_mpi(MPI_Win_flush(k_host, window_), "MPI_Win_flush");
  return before;
}

void SharedCounters::read(std::int64_t first, std::span<std::int64_t> values) {
  const int count = static_cast<int>(values.size());
  // A get that is atomic with respect to the accumulations.
  check_mpi(MPI_Get_accumulate(nullptr, 0, MPI_INT64_T, values.data(), count, MPI_INT64_T, k_host,
                               first, count, MPI_INT64_T, MPI_NO_OP, window_),
            "MPI_Get_accumulate");
  check_mpi(MPI_Win_flush(k_host, window_), "MPI_Win_flush");
}

void SharedCounters::accumulate(std::int64_t first, std::span<const std::int64_t> values,
                                MPI_Op operation) {
  const int count = static_cast<int>(values.size());
  check_mpi(MPI_Accumulate(values.data(), count, MPI_INT64_T, k_host, first, count, MPI_INT64_T,
                           operation, window_),
            "MPI_Accumulate");
  check_mpi(MPI_Win_flush(k_host, window_), "MPI_Win_flush");
}

}  // namespace flatgrid::parallel
