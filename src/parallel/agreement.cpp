// SPDX-License-Identifier: MIT
#include "flatgrid/parallel/agreement.hpp"

namespace flatgrid::parallel {

void agree(const Communicator& communicator, const std::optional<std::string>& error) {
  const int speaker = communicator.minimum(error ? communicator.rank() : communicator.size());
  if (speaker == communicator.size()) return;
  std::string message = error.value_or("");
  communicator.broadcast(message, speaker);
  throw AgreedError(message);
}

}  // namespace flatgrid::parallel
