// SPDX-License-Identifier: MIT
/// The end that a stop comes to for certain.
#pragma once

#include <functional>
#include <mutex>
#include <thread>

#include "flatgrid/campaign/stop.hpp"

namespace flatgrid::campaign {

/// A thread that sees to it that a process which was asked to stop does: batch systems kill what is
/// not gone in time, and a rank may be deep in a linear system that nobody can interrupt. `seconds` of its
/// reason after `stop` has one it calls `expired`, unless it is destroyed before.
class Watchdog {
 public:
  Watchdog(Stop& stop, std::function<double(StopReason)> seconds, std::function<void()> expired);
  ~Watchdog() = default;  // ends the thread
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// While this lock is held, it waits: what must not be cut off in the middle.
  [[nodiscard]] std::unique_lock<std::mutex> hold() { return std::unique_lock(held_); }

 private:
  std::mutex held_;
  std::jthread thread_;
};

}  // namespace flatgrid::campaign
