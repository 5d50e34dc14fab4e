// SPDX-License-Identifier: MIT
#include "flatgrid/report/axis_scale.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::report;

namespace {

std::vector<std::string> labels(const AxisScale& scale) {
  std::vector<std::string> texts;
  for (const Tick& tick : scale.ticks) texts.push_back(tick.label);
  return texts;
}

using Texts = std::vector<std::string>;
const ChartAxis k_linear{.label = "x"};
const ChartAxis k_logarithmic{.label = "x", .logarithmic = true};

}  // namespace

TEST_CASE("an axis is tight: 40 to 120 is not drawn as 10 to 200", "[report]") {
  const AxisScale logarithmic = scale_of(k_logarithmic, {40, 70, 120});
  CHECK(logarithmic.low == Approx(40 / std::pow(3, 0.04)));
  CHECK(logarithmic.high == Approx(120 * std::pow(3, 0.04)));
  const AxisScale linear = scale_of(k_linear, {40, 70, 120});
  CHECK(linear.low == Approx(36.8));
  CHECK(linear.high == Approx(123.2));
}

TEST_CASE("every value is within its axis", "[report]") {
  for (const std::vector<double>& values :
       {std::vector<double>{1e-30, 1e30}, {3, 3}, {3, 3 * (1 + 1e-15)}, {1e-7, 2e-7}, {5}, {}}) {
    for (const ChartAxis& axis : {k_linear, k_logarithmic}) {
      const AxisScale scale = scale_of(axis, values);
      CHECK(scale.low < scale.high);
      for (const double value : values) CHECK((scale.low < value && value < scale.high));
      for (const Tick& tick : scale.ticks) {
        CHECK((scale.low <= tick.value && tick.value <= scale.high));
      }
      CHECK(scale.ticks.size() <= 10);
    }
  }
  const AxisScale negative = scale_of(k_linear, {-0.8, 0, 0.9});
  CHECK(negative.low < -0.8);
  CHECK(negative.high > 0.9);
  // A logarithmic axis ignores values that are not positive, or not a number.
  CHECK(scale_of(k_logarithmic, {0, -1, NAN, 40, 120}).low == Approx(40 / std::pow(3, 0.04)));
}

TEST_CASE("ticks are round numbers", "[report]") {
  CHECK(labels(scale_of(k_logarithmic, {50, 300})) == Texts{"50", "100", "200"});
  CHECK(labels(scale_of(k_logarithmic, {37.2759, 81.7})) == Texts{"40", "50", "60", "70", "80"});
  CHECK(labels(scale_of(k_logarithmic, {0.02, 2})) ==
        Texts{"0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"});
  CHECK(labels(scale_of(k_logarithmic, {0.001, 900})) ==
        Texts{"0.001", "0.01", "0.1", "1", "10", "100", "1000"});
  // If one tick is written as a power, all are.
  CHECK(labels(scale_of(k_logarithmic, {1e-4, 10})) ==
        Texts{"10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"});
  CHECK(labels(scale_of(k_logarithmic, {1e-12, 1})) ==
        Texts{"10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"});
  CHECK(labels(scale_of(k_linear, {0, 0.2})) == Texts{"0", "0.05", "0.1", "0.15", "0.2"});
  CHECK(labels(scale_of(k_linear, {-0.8, 1})) == Texts{"-0.5", "0", "0.5", "1"});
  CHECK(labels(scale_of(k_linear, {1e6, 3e6})) ==
        Texts{"10⁶", "1.5×10⁶", "2×10⁶", "2.5×10⁶", "3×10⁶"});
}

TEST_CASE("an axis of the grid is labelled at its values where they fit", "[report]") {
  const auto on_grid = [](std::vector<double> values) {
    return labels(scale_of({"samples", true, values}, values));
  };
  CHECK(on_grid({12, 24, 48}) == Texts{"12", "24", "48"});
  CHECK(on_grid({40, 70, 120}) == Texts{"40", "70", "120"});
  CHECK(on_grid({10, 20, 30, 40, 50, 60, 70, 80, 90, 100}) == Texts{"10", "20", "50", "100"});
  CHECK(labels(scale_of({"samples", true, {10, 20, 40}}, {20, 40})) == Texts{"20", "40"});
}

TEST_CASE("intervals widen the range of the y axis only", "[report]") {
  const Chart chart{.id = "a",
                    .title = "a",
                    .x = {"x", true},
                    .y = {"y", true},
                    .series = {{.name = "lazy",
                                .marks = {{.x = 1, .y = 2, .low = 0, .high = 900},
                                          {.x = 2, .y = 3, .low = 0.5, .high = 4}}}}};
  CHECK(x_scale(chart).high < 2.1);
  CHECK(y_scale(chart).low < 0.5);
  CHECK(y_scale(chart).low > 0.3);
  CHECK(y_scale(chart).high > 900);
}
