// SPDX-License-Identifier: MIT
/// Time as a parameter: code that waits or measures time takes a `Clock`, so that tests can use a fake one.
#pragma once

#include <chrono>
#include <functional>

namespace flatgrid {

/// Seconds on a monotonic clock with an arbitrary origin.
using Clock = std::function<double()>;

inline double monotonic_seconds() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace flatgrid
