// SPDX-License-Identifier: MIT
/// Messages from all ranks to rank 0.
#pragma once

#include <mpi.h>

#include <optional>
#include <string>

#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// Byte strings that ranks send to rank 0, each rank one at a time. Construction and destruction
/// are collective, everything else is not. A message must have been taken before the destruction.
class Mailbox {
 public:
  explicit Mailbox(const Communicator& communicator);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Sends; the message before must have been `taken`. At most 2 GiB.
  void send(std::string message);
  /// Whether rank 0 has begun to take the last message, if there was one.
  bool taken();
  /// On rank 0: a message that has arrived, from whomever.
  std::optional<std::string> take();

 private:
  MPI_Comm communicator_ = MPI_COMM_NULL;  // a duplicate: no other message comes in between
  MPI_Request request_ = MPI_REQUEST_NULL;
  std::string message_;
};

}  // namespace flatgrid::parallel
