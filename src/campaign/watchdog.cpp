// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/watchdog.hpp"

#include <chrono>
#include <condition_variable>
#include <utility>

#include "flatgrid/base/clock.hpp"

namespace flatgrid::campaign {
namespace {

constexpr std::chrono::milliseconds k_period(20);

void watch(const std::stop_token& ended, std::mutex& held, Stop& stop,
           const std::function<double(StopReason)>& seconds, const std::function<void()>& expired) {
  std::mutex mutex;
  std::condition_variable_any wakes;
  std::unique_lock lock(mutex);
  // Sleeps; true when it was woken by the end of this watchdog.
  const auto over = [&](std::chrono::milliseconds time) {
    wakes.wait_for(lock, ended, time, [] { return false; });
    return ended.stop_requested();
  };
  while (stop.reason() == StopReason::none) {
    if (over(k_period)) return;
  }
  const double asked = monotonic_seconds();
  while (monotonic_seconds() < asked + seconds(stop.reason())) {
    if (over(k_period)) return;
  }
  const std::scoped_lock wait(held);
  if (!ended.stop_requested()) expired();
}

}  // namespace

Watchdog::Watchdog(Stop& stop, std::function<double(StopReason)> seconds,
                   std::function<void()> expired)
    : thread_([this, &stop, seconds = std::move(seconds), expired = std::move(expired)](
                  const std::stop_token& ended) { watch(ended, held_, stop, seconds, expired); }) {}

}  // namespace flatgrid::campaign
