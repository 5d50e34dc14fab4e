// SPDX-License-Identifier: MIT
#include "flatgrid/schedule/simulation.hpp"

#include <cmath>
#include <sstream>

#include <catch2/catch.hpp>

#include "flatgrid/configuration/reading.hpp"
#include "flatgrid/grid/prices.hpp"

using namespace flatgrid;
using namespace flatgrid::schedule;

namespace {

/// Cost classes with costs of about 1 : 4 : 9.
configuration::Configuration configuration_of(std::int64_t seeds) {
  std::istringstream text(
      "[grid]\nalgorithm = gradient-descent\nsamples = 50\nnoise = 0\nwidth = 10, 40, 90\nseed = "
      "1.." +
      std::to_string(seeds) + "\n[problem]\ndimension = 3\nindices = 2\n");
  return configuration::parse_configuration(text, "test.cfg");
}

}  // namespace

TEST_CASE("one rank takes as long as all points together") {
  const configuration::Configuration configuration = configuration_of(40);
  const auto seconds = [](const configuration::GridPoint& point) {
    return 1.0 + static_cast<double>(point.seed);
  };
  const SimulatedCampaign campaign = simulate_campaign(Slices(configuration, 1), seconds);
  CHECK(campaign.points == 120);
  CHECK(campaign.makespan == 3 * 40 * 41 / 2);
  CHECK(campaign.work == campaign.makespan);
  CHECK(campaign.longest_point == 40);
  CHECK(campaign.balance(1) == 1);
}

TEST_CASE("points of equal time are done in rounds") {
  const configuration::Configuration configuration = configuration_of(40);
  const auto second = [](const configuration::GridPoint&) { return 1.0; };
  for (const int ranks : {1, 2, 7, 100, 119, 120, 121, 5000}) {
    const SimulatedCampaign campaign = simulate_campaign(Slices(configuration, ranks), second);
    CHECK(campaign.points == 120);
    CHECK(campaign.makespan == (120 + ranks - 1) / ranks);
  }
}

TEST_CASE("the makespan satisfies the bound of list scheduling") {
  // Graham 1969: for any order, makespan <= work / R + (1 - 1 / R) longest, if no rank is idle
  // while there are points to take.
  const configuration::Configuration configuration = configuration_of(200);
  // The times are unrelated to the prediction.
  const auto seconds = [](const configuration::GridPoint& point) {
    return 0.1 + static_cast<double>((point.seed * 7919 + point.width * 31) % 97);
  };
  for (const int ranks : {2, 3, 16, 61, 128, 500}) {
    const SimulatedCampaign campaign = simulate_campaign(Slices(configuration, ranks), seconds);
    CHECK(campaign.points == 600);
    CHECK(campaign.makespan <=
          campaign.work / ranks + (1 - 1.0 / ranks) * campaign.longest_point + 1e-9);
    CHECK(campaign.makespan >= std::max(campaign.work / ranks, campaign.longest_point) - 1e-9);
  }
}

TEST_CASE("the makespan and balance of a plan worked out by hand") {
  // One seed has points of 9, 4 and 1 seconds. The first rank gets those of 9 and 1 seconds, the second that of 4.
  // After 4 seconds the second rank takes the next point of the first.
  const configuration::Configuration configuration = configuration_of(1);
  const auto seconds = [](const configuration::GridPoint& point) {
    return std::array{1.0, 4.0, 9.0}[static_cast<std::size_t>(point.width)];
  };
  CHECK(simulate_campaign(Slices(configuration, 2), seconds).makespan == 9);
  CHECK(simulate_campaign(Slices(configuration, 2), seconds).balance(2) == 14.0 / 18.0);
}

TEST_CASE("ten million points on a hundred thousand ranks are balanced above 95 %", "[slow]") {
  std::istringstream text(
      "[grid]\nalgorithm = gradient-descent, lazy\nsamples = 50, 100\nnoise = 0..9\n"
      "width = 20, 50, 100, 200, 400\nseed = 0..49999\n[problem]\ndimension = 10\n");
  const configuration::Configuration configuration =
      configuration::parse_configuration(text, "test.cfg");
  const grid::PointPrices prices{grid::Study(configuration)};
  const auto seconds = [&](const configuration::GridPoint& point) {
    return 1e-9 * prices(point).flops;
  };
  const SimulatedCampaign campaign = simulate_campaign(Slices(configuration, 100'000), seconds);
  CHECK(campaign.points == 10'000'000);
  CHECK(campaign.balance(100'000) > 0.95);
}
