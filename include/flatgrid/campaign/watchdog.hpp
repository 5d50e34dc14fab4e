// SPDX-License-Identifier: MIT
/// Ends the process if an orderly stop takes too long.
#pragma once

#include <functional>
#include <mutex>
#include <thread>

#include "flatgrid/campaign/stop.hpp"

namespace flatgrid::campaign {

/// A thread that calls `expired` if the process has not ended `seconds(reason)` after `stop` has a reason,
/// unless the object is destroyed before. Batch systems kill a job that does not end in time, and a rank may
/// be in a linear solver that cannot be interrupted.
class Watchdog {
 public:
  Watchdog(Stop& stop, std::function<double(StopReason)> seconds, std::function<void()> expired);
  ~Watchdog() = default;  // ends the thread
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// While this lock is held, the thread does not call `expired`: for work that must not be interrupted.
  [[nodiscard]] std::unique_lock<std::mutex> hold() { return std::unique_lock(held_); }

 private:
  std::mutex held_;
  std::jthread thread_;
};

}  // namespace flatgrid::campaign
