// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/forecast.hpp"

#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "flatgrid/configuration/reading.hpp"

using namespace flatgrid;
using namespace flatgrid::campaign;

namespace {

/// Four cost classes with two noises and ten seeds each.
configuration::Configuration four_cost_classes() {
  std::istringstream text(
      "[grid]\nalgorithm = teacher, gradient-descent\nsamples = 30, 60\nwidth = 10\nnoise = 0, "
      "0.1\nseed = 1..10\n[problem]\ndimension = 3\nindices = 2\n");
  return configuration::parse_configuration(text, "test.cfg");
}

}  // namespace

TEST_CASE("points of a seed group differ in the seed only") {
  const configuration::Axes axes = four_cost_classes().grid;
  CHECK(seed_group_count(axes) == 8);
  std::set<std::int64_t> groups;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    configuration::GridPoint point = configuration::grid_point(axes, flat);
    const std::int64_t group = seed_group_of(axes, point);
    groups.insert(group);
    point.seed = 0;
    CHECK(seed_group_of(axes, point) == group);
  }
  CHECK(groups == std::set<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("the time left is that of the remaining points at the pace of their seed groups") {
  const grid::Study study(four_cost_classes());
  const Forecast forecast(study, std::vector<std::int64_t>(8, 10));
  std::vector<SeedGroupTally> computed(8);
  CHECK_FALSE(forecast.seconds_left(computed, {}, 2));

  // Points of seed group k take k + 1 seconds each; two of each group are computed.
  double left = 0;
  for (std::int64_t group = 0; group < 8; ++group) {
    computed[static_cast<std::size_t>(group)] = {.points = 2,
                                                 .microseconds = 2'000'000 * (group + 1)};
    left += 8.0 * static_cast<double>(group + 1);
  }
  CHECK(*forecast.seconds_left(computed, {}, 2) == Approx(left / 2));

  // A point of the last group has run for 2 seconds. A point of the first group has run for longer than the group's
  // 1 second, which is then all that is subtracted.
  const configuration::Axes& axes = study.configuration.grid;
  const std::int64_t last = axes.points() - 1;
  REQUIRE(seed_group_of(axes, configuration::grid_point(axes, last)) == 7);
  CHECK(*forecast.seconds_left(computed, std::vector<PointInWork>{{last, 2.0}, {0, 99.0}}, 2) ==
        Approx((left - 2 - 1) / 2));
  // The time left is at least that of the point that is being computed, however many ranks there are.
  CHECK(*forecast.seconds_left(computed, std::vector<PointInWork>{{last, 2.0}}, 10000) ==
        Approx(8.0 - 2.0));

  for (SeedGroupTally& tally : computed) tally.points = 10;
  CHECK(*forecast.seconds_left(computed, {}, 2) == 0);
}

TEST_CASE("seed groups without a finished point are estimated from predicted costs") {
  const grid::Study study(four_cost_classes());
  const grid::PointPrices prices(study);
  const std::vector<configuration::GridPoint> first = grid::cost_classes(study.configuration.grid);
  // Three points of gradient descent on 60 samples at noise 0 have taken 6 seconds. No other point has begun.
  std::vector<std::int64_t> to_compute(8, 0);
  to_compute[6] = 5;
  std::vector<SeedGroupTally> computed(8);
  computed[6] = {.points = 3, .microseconds = 6'000'000};
  CHECK(*Forecast(study, to_compute).seconds_left(computed, {}, 1) == Approx(4.0));
  // A point with another noise takes the same time. A point with fewer samples takes a time in proportion to the
  // predicted costs.
  to_compute[7] = 1;
  CHECK(*Forecast(study, to_compute).seconds_left(computed, {}, 1) == Approx(6.0));
  to_compute[4] = 1;
  const double cheaper = prices(first[2]).flops / prices(first[3]).flops;
  CHECK(*Forecast(study, to_compute).seconds_left(computed, {}, 1) == Approx(6.0 + 2.0 * cheaper));
  // There is no forecast if points of an algorithm are left of which no point is finished.
  to_compute[0] = 1;
  CHECK_FALSE(Forecast(study, to_compute).seconds_left(computed, {}, 1));
}
