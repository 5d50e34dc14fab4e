// SPDX-License-Identifier: MIT
/// Errors that a single rank meets, made known to all ranks before anyone acts on them.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "flatgrid/base/error.hpp"
#include "flatgrid/parallel/communicator.hpp"

namespace flatgrid::parallel {

/// An error that all ranks of a communicator throw at the same place with the same message: each
/// may unwind through collective destructors and end in an orderly way, and one of them reports it.
class AgreedError : public Error {
 public:
  using Error::Error;
};

/// If any rank hands in an error, all ranks throw an AgreedError with the message of the lowest
/// such rank. Collective.
void agree(const Communicator& communicator, const std::optional<std::string>& error);

/// Runs `action` on every rank; if it throws on any of them, all throw an AgreedError. Collective,
/// provided that `action` does not wait for another rank after it has failed on one.
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

/// Runs `action` on rank 0 alone; if it throws, all ranks throw an AgreedError. Collective.
template <class Action>
void agreed_on_root(const Communicator& communicator, Action&& action) {
  agreed(communicator, [&] {
    if (communicator.is_root()) std::forward<Action>(action)();
  });
}

}  // namespace flatgrid::parallel
