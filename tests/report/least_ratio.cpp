// SPDX-License-Identifier: MIT
#include "flatgrid/report/least_ratio.hpp"

#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::report;

TEST_CASE("the least ratio of a loss lies between what is bounded and what is found", "[report]") {
  // The losses found are 0.01 rho^2, their bounds 0.03 rho^2. The points may be in any order.
  const std::vector<FrontierPoint> points = {
      {.ratio = 8, .found = 0.64, .bound = 1.92},
      {.ratio = 2, .found = 0.04, .bound = 0.12},
      {.ratio = 4, .found = 0.16, .bound = 0.48},
  };
  SECTION("a power law is interpolated without an error") {
    const Statistic ratio = least_ratio(points, 0.09);
    CHECK(ratio.value == Approx(3).epsilon(1e-14));
    CHECK(ratio.low == 1);  // the bound at the ratio 2, 0.12, is above 0.09
    CHECK(ratio.high == 4);
    CHECK(least_ratio(points, 0.5).value == Approx(std::sqrt(50)).epsilon(1e-14));
    CHECK(least_ratio(points, 0.5).low == 4);
    CHECK(least_ratio(points, 0.5).high == 8);
    CHECK(least_ratio(points, 0.16).value == 4);
  }
  SECTION("at or below the least ratio") {
    for (const double loss : {0.001, 0.04}) {
      const Statistic ratio = least_ratio(points, loss);
      CHECK(ratio.value == 2);
      CHECK(ratio.low == 1);
      CHECK(ratio.high == 2);
    }
  }
  SECTION("above the largest ratio") {
    const Statistic ratio = least_ratio(points, 1);
    CHECK(ratio.value == INFINITY);
    CHECK(ratio.low == 4);
    CHECK(ratio.high == INFINITY);
    CHECK(least_ratio(points, 2).low == 8);
  }
  SECTION("no bounds") {
    std::vector<FrontierPoint> unbounded = points;
    for (FrontierPoint& point : unbounded) point.bound = grid::Record::k_nan;
    const Statistic ratio = least_ratio(unbounded, 0.09);
    CHECK(ratio.value == Approx(3).epsilon(1e-14));
    CHECK(ratio.low == 1);
    CHECK(ratio.high == 4);
  }
}

TEST_CASE("the least ratio where the losses found do not increase, are 0 or are not there",
          "[report]") {
  // An interpolator within 2 times the least is also within 3 times the least.
  CHECK(least_ratio({{.ratio = 2, .found = 0.04}, {.ratio = 3, .found = 0.01}, {6, 0.16}}, 0.08)
            .value == Approx(3 * std::sqrt(2)).epsilon(1e-14));
  CHECK(least_ratio({{.ratio = 2, .found = 0}, {.ratio = 3, .found = 1}}, 0.1).value == 3);
  CHECK(std::isnan(least_ratio({}, 0.1).value));
  CHECK(std::isnan(least_ratio({}, 0.1).low));
}
