// SPDX-License-Identifier: MIT
#include "flatgrid/report/statistics.hpp"

#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/random/stream.hpp"

using namespace flatgrid;

TEST_CASE("Kendall's tau-b of textbook cases", "[report]") {
  using Values = std::vector<double>;
  CHECK(kendall_tau(Values{1, 2, 3, 4}, Values{1, 2, 3, 4}) == 1);
  CHECK(kendall_tau(Values{1, 2, 3, 4}, Values{4, 3, 2, 1}) == -1);
  // Kendall (1938): 2 S / n (n - 1) with S = 8 - 2
  CHECK(kendall_tau(Values{1, 2, 3, 4, 5}, Values{1, 2, 5, 3, 4}) == Approx(0.6));
  // Ties: scipy.stats.kendalltau([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) = -0.4714045
  CHECK(kendall_tau(Values{12, 2, 1, 12, 2}, Values{1, 4, 7, 1, 0}) ==
        Approx(-0.47140452079103173));
  CHECK(std::isnan(kendall_tau(Values{1, 1, 1}, Values{1, 2, 3})));
  CHECK(std::isnan(kendall_tau(Values{1}, Values{1})));
}

TEST_CASE("medians and means are those of the values, without what is none", "[report]") {
  const double none = std::nan("");
  CHECK(median({}) != median({}));
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 2, 3}) == 2.5);
  CHECK(median_of({{0, 4}, {7, 1}, {1, 2}, {2, 3}, {3, none}}).value == 2.5);
  CHECK(median_of({{0, 5}, {7, 1}, {1, 2}}).value == 2);
  CHECK(mean_of({{0, 5}, {7, 1}, {7, none}, {1, 3}}).value == 3);
  CHECK(std::isnan(median_of({}).value));
  // Four seeds are too few for an interval, however many values they have.
  CHECK(std::isnan(median_of({{0, 4}, {1, 1}, {2, 2}, {3, 3}, {0, 5}}).low));
}

TEST_CASE("the interval of a mean covers the truth as often as it says", "[report]") {
  // 400 experiments with 30 seeds of three values that share their seed's deviation: an interval that
  // took the values for independent would be too short by 1.6 and cover in 75 of 100.
  int covered = 0;
  for (std::int64_t experiment = 0; experiment < 400; ++experiment) {
    Stream stream(experiment, Purpose::test_set, 0);
    std::vector<SeedValue> values;
    for (std::int64_t seed = 0; seed < 30; ++seed) {
      const double shared = 1 + stream.normal();
      for (int k = 0; k < 3; ++k) values.push_back({seed, shared + 0.3 * stream.normal()});
    }
    const Statistic mean = mean_of(std::move(values));
    CHECK(mean.low < mean.value);
    CHECK(mean.value < mean.high);
    covered += mean.low <= 1 && 1 <= mean.high;
  }
  // 95 % less what a percentile interval of 30 lacks (93 to 94 %), within four standard errors
  CHECK(covered > 0.885 * 400);
  CHECK(covered < 0.985 * 400);
}

TEST_CASE("the median of a draw is that of the values drawn", "[report]") {
  // Seed s has the value s.
  const std::vector<SeedValue> values = {{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}};
  const Statistic statistic = median_of(values);
  const Statistic plain = bootstrap(6, [&](std::span<const int> draws) {
    std::vector<double> expanded;
    for (std::size_t seed = 0; seed < draws.size(); ++seed) {
      expanded.insert(expanded.end(), static_cast<std::size_t>(draws[seed]),
                      static_cast<double>(seed));
    }
    return median(expanded);
  });
  CHECK(statistic.value == 2.5);
  CHECK(statistic.low == plain.low);
  CHECK(statistic.high == plain.high);
}

TEST_CASE("the exponent of a power law is found, and its interval where there is scatter",
          "[report]") {
  std::vector<SeedPoint> exact, scattered;
  Stream stream(1, Purpose::test_set, 0);
  for (std::int64_t seed = 0; seed < 8; ++seed) {
    for (const double x : {10.0, 20.0, 40.0, 80.0}) {
      exact.push_back({seed, x, 3 * std::pow(x, -1.5)});
      scattered.push_back({seed, x, 3 * std::pow(x, -1.5) * std::exp(0.2 * stream.normal())});
    }
  }
  exact.push_back({0, 10, 0});  // no logarithm
  const Statistic exponent = exponent_of(exact);
  CHECK(exponent.value == Approx(-1.5).epsilon(1e-12));
  CHECK(exponent.high - exponent.low < 1e-12);
  const Statistic wide = exponent_of(scattered);
  CHECK(wide.low < -1.5);
  CHECK(wide.high > -1.5);
  CHECK(wide.high - wide.low < 0.4);
  CHECK(std::isnan(exponent_of({{0, 10, 1}, {1, 10, 2}}).value));
}
