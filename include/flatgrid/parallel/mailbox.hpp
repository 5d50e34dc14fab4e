// SPDX-License-Identifier: MIT
/// Messages from all ranks to rank 0.
#pragma once

#include <mpi.h>

#include <optional>
#include <string>

#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// Byte strings that the ranks send to rank 0; each rank sends one at a time. Construction and
/// destruction are collective, the other members are not. Rank 0 must have taken every message before the
/// destruction.
class Mailbox {
 public:
  explicit Mailbox(const Communicator& communicator);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Starts to send a message of at most 2 GiB. The previous message must have been `taken`.
  void send(std::string message);
  /// Whether rank 0 has started to receive the last message; true if there was none.
  bool taken();
  /// On rank 0: a message that has arrived from any rank, or empty.
  std::optional<std::string> take();

 private:
  MPI_Comm communicator_ = MPI_COMM_NULL;  // a duplicate: receives only messages of this mailbox
  MPI_Request request_ = MPI_REQUEST_NULL;
  std::string message_;
};

}  // namespace flatgrid::parallel
