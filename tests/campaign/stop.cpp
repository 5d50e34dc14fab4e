// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/stop.hpp"

#include <csignal>

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::campaign;

TEST_CASE("the deadline stops, with a clock that is a parameter") {
  double now = 100.0;
  const Clock clock = [&now] { return now; };
  Stop stop(clock);
  stop.set_deadline(160.0);
  CHECK(stop.reason() == StopReason::none);
  now = 159.9;
  CHECK(stop.reason() == StopReason::none);
  now = 160.0;
  CHECK(stop.reason() == StopReason::deadline);
  now = 0.0;
  CHECK(stop.reason() == StopReason::deadline);  // the reason is kept
}

TEST_CASE("without a deadline time never stops") {
  Stop stop([] { return 1e300; });
  CHECK(stop.reason() == StopReason::none);
}

TEST_CASE("signals stop, and each has its own reason") {
  const auto [signal, reason] = GENERATE(table<int, StopReason>({
      {SIGUSR1, StopReason::user_signal},
      {SIGINT, StopReason::interrupt},
      {SIGTERM, StopReason::terminate},
  }));
  Stop stop([] { return 0.0; });
  CHECK(stop.reason() == StopReason::none);
  std::raise(signal);
  CHECK(stop.reason() == reason);
}

TEST_CASE("a new Stop ignores earlier signals and restores the handlers") {
  const auto before = std::signal(SIGUSR1, SIG_IGN);
  {
    Stop stop([] { return 0.0; });
    std::raise(SIGUSR1);
  }
  std::raise(SIGUSR1);  // SIGUSR1 is ignored again
  Stop stop([] { return 0.0; });
  CHECK(stop.reason() == StopReason::none);
  std::signal(SIGUSR1, before);
}

TEST_CASE("of several reasons the most severe is reported") {
  Stop stop([] { return 10.0; });
  stop.set_deadline(5.0);
  CHECK(stop.reason() == StopReason::deadline);
  stop.request(StopReason::error);
  CHECK(stop.reason() == StopReason::error);
  stop.request(StopReason::user_signal);
  CHECK(stop.reason() == StopReason::error);
}
