// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/watchdog.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <catch2/catch.hpp>

#include "flatgrid/base/clock.hpp"

using namespace flatgrid;
using namespace flatgrid::campaign;

namespace {

std::function<double(StopReason)> always(double seconds) {
  return [seconds](StopReason) { return seconds; };
}

void wait_until(const std::atomic<bool>& flag) {
  while (!flag) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace

TEST_CASE("a process that does not stop is ended after its grace period and not earlier") {
  Stop stop(monotonic_seconds);
  std::atomic<bool> expired = false;
  const Watchdog watchdog(stop, always(0.3), [&] { expired = true; });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK_FALSE(expired);  // nobody has asked for a stop
  const double asked = monotonic_seconds();
  stop.request(StopReason::terminate);
  wait_until(expired);
  CHECK(monotonic_seconds() - asked >= 0.3);
}

TEST_CASE("the time limit starts the watchdog of a process that does not check the time") {
  Stop stop(monotonic_seconds);
  stop.set_deadline(monotonic_seconds() + 0.1);
  std::atomic<bool> expired = false;
  const Watchdog watchdog(stop, always(0.1), [&] { expired = true; });
  wait_until(expired);
}

TEST_CASE("the reason of a stop determines the grace period") {
  Stop stop(monotonic_seconds);
  std::atomic<bool> expired = false;
  const Watchdog watchdog(
      stop, [](StopReason reason) { return reason == StopReason::terminate ? 0.0 : 3600.0; },
      [&] { expired = true; });
  stop.request(StopReason::user_signal);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  CHECK_FALSE(expired);
  stop.request(StopReason::terminate);
  wait_until(expired);
}

TEST_CASE("a process that stops in time is left alone") {
  Stop stop(monotonic_seconds);
  std::atomic<bool> expired = false;
  {
    const Watchdog watchdog(stop, always(3600.0), [&] { expired = true; });
    stop.request(StopReason::interrupt);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  CHECK_FALSE(expired);
}

TEST_CASE("the watchdog waits for an operation that must not be interrupted") {
  Stop stop(monotonic_seconds);
  std::atomic<bool> expired = false;
  Watchdog watchdog(stop, always(0.0), [&] { expired = true; });
  {
    const auto whole = watchdog.hold();
    stop.request(StopReason::terminate);
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    CHECK_FALSE(expired);
  }
  wait_until(expired);
}
