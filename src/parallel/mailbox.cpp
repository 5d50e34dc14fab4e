// SPDX-License-Identifier: MIT
#include "flatgrid/parallel/mailbox.hpp"

#include <limits>
#include <utility>

#include "flatgrid/base/error.hpp"

namespace flatgrid::parallel {
namespace {

constexpr int k_owner = 0;
constexpr int k_tag = 0;

}  // namespace

Mailbox::Mailbox(const Communicator& communicator) {
  check_mpi(MPI_Comm_dup(communicator.handle(), &communicator_), "MPI_Comm_dup");
}

Mailbox::~Mailbox() { MPI_Comm_free(&communicator_); }

void Mailbox::send(std::string message) {
  if (message.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw Error("a record of more than 2 GiB cannot be sent; set output.writer = parallel");
  }
  message_ = std::move(message);
  // Synchronous: it ends when rank 0 takes the message, not when some buffer does.
  check_mpi(MPI_Issend(message_.data(), static_cast<int>(message_.size()), MPI_BYTE, k_owner, k_tag,
                       communicator_, &request_),
            "MPI_Issend");
}

bool Mailbox::taken() {
  int done = 0;
  check_mpi(MPI_Test(&request_, &done, MPI_STATUS_IGNORE), "MPI_Test");
  return done != 0;
}

std::optional<std::string> Mailbox::take() {
  int arrived = 0;
  MPI_Message handle = MPI_MESSAGE_NULL;
  MPI_Status status;
  check_mpi(MPI_Improbe(MPI_ANY_SOURCE, k_tag, communicator_, &arrived, &handle, &status),
            "MPI_Improbe");
  if (arrived == 0) return std::nullopt;
  int size = 0;
  MPI_Get_count(&status, MPI_BYTE, &size);
  std::string message(static_cast<std::size_t>(size), '\0');
  check_mpi(MPI_Mrecv(message.data(), size, MPI_BYTE, &handle, MPI_STATUS_IGNORE), "MPI_Mrecv");
  return message;
}

}  // namespace flatgrid::parallel
