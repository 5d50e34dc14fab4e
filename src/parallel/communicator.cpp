// SPDX-License-Identifier: MIT
#include "flatgrid/parallel/communicator.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid::parallel {

void check_mpi(int code, const char* function) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> reason{};
  int length = 0;
  MPI_Error_string(code, reason.data(), &length);
  throw Error(fmt::format("{} failed: {}", function,
                          std::string_view(reason.data(), static_cast<std::size_t>(length))));
}

Communicator::Communicator(MPI_Comm communicator) : communicator_(communicator) {
  check_mpi(MPI_Comm_rank(communicator_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(communicator_, &size_), "MPI_Comm_size");
}

int Communicator::minimum(int value) const {
  int result = 0;
  check_mpi(MPI_Allreduce(&value, &result, 1, MPI_INT, MPI_MIN, communicator_), "MPI_Allreduce");
  return result;
}

int Communicator::maximum(int value) const {
  int result = 0;
  check_mpi(MPI_Allreduce(&value, &result, 1, MPI_INT, MPI_MAX, communicator_), "MPI_Allreduce");
  return result;
}

void Communicator::make_progress() const {
  int arrived = 0;
  check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, communicator_, &arrived, MPI_STATUS_IGNORE),
            "MPI_Iprobe");
}

void Communicator::broadcast_bytes(void* data, std::size_t bytes, int from) const {
  // MPI counts in int.
  constexpr std::size_t k_most = std::size_t{1} << 30;
  auto* position = static_cast<std::byte*>(data);
  while (bytes > 0) {
    const std::size_t part = std::min(bytes, k_most);
    check_mpi(MPI_Bcast(position, static_cast<int>(part), MPI_BYTE, from, communicator_),
              "MPI_Bcast");
    position += part;
    bytes -= part;
  }
}

}  // namespace flatgrid::parallel
