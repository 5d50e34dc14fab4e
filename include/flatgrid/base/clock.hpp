// SPDX-License-Identifier: MIT
/// Time as a parameter: whatever waits or measures takes a `Clock`, tests step a fake one.
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
