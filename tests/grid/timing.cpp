// SPDX-License-Identifier: MIT
#include "flatgrid/grid/timing.hpp"

#include <cmath>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/prices.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

namespace {

configuration::Configuration configuration_of(const std::string& more = "") {
  std::istringstream text(
      "[grid]\nalgorithm = teacher, gradient-descent\nsamples = 30, 60\nnoise = 0, 0.1\n"
      "width = 10, 20, 40\nseed = 1..5\n[problem]\ndimension = 3\nindices = 2\n" +
      more);
  return configuration::parse_configuration(text, "test.cfg");
}

}  // namespace

TEST_CASE("pilots cover every algorithm, each point once") {
  const configuration::Configuration configuration = configuration_of("[training]\nsteps = 2000\n");
  const std::vector<Pilot> pilots = run_pilots(configuration, 0.5);
  std::set<std::int64_t> algorithms;
  std::set<std::int64_t> points;
  for (const Pilot& pilot : pilots) {
    algorithms.insert(pilot.point.algorithm);
    points.insert(configuration::flat_index(configuration.grid, pilot.point));
    CHECK(pilot.seconds > 0);
  }
  CHECK(algorithms.size() == 2);
  CHECK(points.size() == pilots.size());
  CHECK(pilots.size() <= 120);
  CHECK(pilots.size() >= 2);
}

TEST_CASE("the time of a stopped pilot is its preparation plus the rest at the measured pace") {
  // Three seconds of preparation, then two seconds for each tenth of the work.
  CHECK(seconds_of_whole({.seconds = 3.2, .fraction = 0.01}, {.seconds = 5, .fraction = 0.1}) ==
        Approx(3 + 20));
  CHECK(seconds_of_whole({.seconds = 5, .fraction = 0.1}, {.seconds = 23, .fraction = 1}) ==
        Approx(23));
}

TEST_CASE("a pilot that is too long is stopped and its time extrapolated") {
  const configuration::Configuration configuration =
      configuration_of("[training]\nsteps = 100000000\nhandover-loss = 1e-30\n");
  const std::vector<Pilot> pilots = run_pilots(configuration, 0.2);
  double longest = 0;
  for (const Pilot& pilot : pilots) {
    if (pilot.status) continue;
    longest = std::max(longest, pilot.seconds);
  }
  CHECK(longest > 10);  // 1e8 steps of 4 n d m >= 3600 flops take minutes
}

TEST_CASE("times are measured times, interpolated between cost classes, with log-normal scatter") {
  const configuration::Configuration configuration = configuration_of();
  // The mean time is 2 seconds per flop in the cheapest cost class and 8 in the most expensive one. It is 4 at the
  // geometric mean of their costs.
  const configuration::GridPoint cheap{.algorithm = 1};
  const configuration::GridPoint dear{.algorithm = 1, .samples = 1, .width = 2};
  const auto cost = [&](const configuration::GridPoint& point) {
    return PointPrices(configuration)(point).flops;
  };
  const PointTimes times(configuration, {{.point = {}, .seconds = 7 * cost({})},
                                         {.point = cheap, .seconds = 1 * cost(cheap)},
                                         {.point = cheap, .seconds = 3 * cost(cheap)},
                                         {.point = dear, .seconds = 8 * cost(dear)}});
  CHECK(times.mean(cheap) == Approx(2 * cost(cheap)));
  CHECK(times.mean(dear) == Approx(8 * cost(dear)));
  CHECK(times.mean({.algorithm = 0, .samples = 1, .width = 1}) ==
        Approx(7 * cost({.algorithm = 0, .samples = 1, .width = 1})));
  const configuration::GridPoint between{.algorithm = 1, .width = 2};
  const double share = std::log(cost(between) / cost(cheap)) / std::log(cost(dear) / cost(cheap));
  CHECK(times.mean(between) == Approx(2 * std::pow(4, share) * cost(between)));

  // The scatter is log-normal with s^2 = (log 3)^2 / 2 from the two pilots, and does not change the mean.
  std::istringstream text(
      "[grid]\nalgorithm = lazy\nsamples = 30\nnoise = 0\nwidth = 10\nseed = 1..20000\n");
  const configuration::Configuration many = configuration::parse_configuration(text, "test.cfg");
  const PointTimes scattered(many, {{.point = {}, .seconds = 1}, {.point = {}, .seconds = 3}});
  double sum = 0;
  double logs = 0;
  double squares = 0;
  for (std::int64_t seed = 0; seed < 20'000; ++seed) {
    const double ratio = scattered.scattered({.seed = seed}) / 2;
    sum += ratio;
    logs += std::log(ratio);
    squares += std::log(ratio) * std::log(ratio);
  }
  const double variance = std::log(3.0) * std::log(3.0) / 2;
  CHECK(sum / 20'000 == Approx(1).epsilon(0.05));
  CHECK(squares / 20'000 - std::pow(logs / 20'000, 2) == Approx(variance).epsilon(0.05));
  CHECK(times.scattered({}) == times.mean({}));  // one pilot gives no scatter
}
