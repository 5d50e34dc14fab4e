// SPDX-License-Identifier: MIT
/// Makes an error of a single rank known to all ranks, so that all of them throw it.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "flatgrid/base/error.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// An error that all ranks of a communicator throw at the same place with the same message. So all of
/// them can call collective destructors and end normally, and rank 0 reports the error.
class AgreedError : public Error {
 public:
  using Error::Error;
};

/// If any rank passes an error, all ranks throw an AgreedError with the message of the lowest such rank.
/// Collective.
void agree(const Communicator& communicator, const std::optional<std::string>& error);

/// Runs `action` on every rank; if it throws on any rank, all ranks throw an AgreedError. Collective.
/// `action` may not wait for other ranks: a rank on which it has failed no longer answers.
template <class Action>
void agreed(const Communicator& communicator, Action&& action) {
  std::optional<std::string> error;
  try {
    std::forward<Action>(action)();
  } catch (const std::exception& exception) {
    error = exception.what();
  }
  agree(communicator, error);
}

/// Runs `action` on rank 0 only; if it throws, all ranks throw an AgreedError. Collective.
template <class Action>
void agreed_on_root(const Communicator& communicator, Action&& action) {
  agreed(communicator, [&] {
    if (communicator.is_root()) std::forward<Action>(action)();
  });
}

}  // namespace flatgrid::parallel
