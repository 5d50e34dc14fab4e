// SPDX-License-Identifier: MIT
#include "flatgrid/report/dimensions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "flatgrid/random/stream.hpp"
#include "flatgrid/report/wording.hpp"
#include "report/made_results.hpp"

using namespace flatgrid;
using namespace flatgrid::report;
using Catch::Contains;

namespace {

/// The ratio of lazy is d^exponent at 8 samples per dimension, that of memorizer sqrt(d), each times the
/// exponential of a normal number of this standard deviation.
test::MadeResults of_dimension(int dimension, double exponent, const std::string& samples,
                               const std::string& more = "", double scatter = 0) {
  return {"algorithm = flattest, lazy, memorizer\nsamples = " + samples +
              "\nnoise = 0\nwidth = 300\nseed = 0..9" + more,
          [=](const configuration::Axes& axes, const configuration::GridPoint& point) {
            random::Stream stream(
                dimension, random::Purpose::test_set,
                static_cast<std::uint64_t>(configuration::flat_index(axes, point)));
            grid::PointResult result;
            result.record.status = grid::Status::done;
            result.record.population_loss = 0.01;
            result.record.flatness_orbit_min =
                point.algorithm == 0 ? 1
                                     : std::pow(dimension, point.algorithm == 1 ? exponent : 0.5) *
                                           std::exp(scatter * stream.normal());
            return result;
          },
          dimension};
}

}  // namespace

TEST_CASE("ratios over the dimension are at the same number of samples per dimension", "[report]") {
  const test::MadeResults small = of_dimension(4, 0.25, "32, 40");
  const test::MadeResults large = of_dimension(16, 0.25, "64, 128");
  const results::ResultsReader small_reader = small.reader(), large_reader = large.reader();
  const std::vector<Figures> files = {Figures(small_reader), Figures(large_reader)};
  require_comparable(files);
  const std::vector<Chart> charts = dimension_charts(files);
  // n / d = 8 and 10 there, 4 and 8 here.
  REQUIRE(charts.size() == 2);
  CHECK(charts[0].title == "Orbit minimum against dimension, n = 8 d, noise 0");
  REQUIRE(charts[0].series.size() == 3);
  CHECK(charts[0].series[1].name == "lazy");
  REQUIRE(charts[0].series[1].marks.size() == 2);
  CHECK(charts[0].series[1].marks[1].x == 16);
  CHECK(charts[0].series[1].marks[1].y == Approx(std::pow(16, 0.25)));

  // Two dimensions have a slope, and make no power law.
  const Verdict verdict = dimension_verdict(files);
  CHECK(verdict.outcome == Outcome::not_enough_data);
  CHECK_THAT(words_of(verdict),
             Contains("no exponent from 2 values of d, which requires 4 (local slope 0.25)"));
}

TEST_CASE("the largest loss and its bound are drawn against the dimension", "[report]") {
  const auto made = [](int dimension) {
    return test::MadeResults(
        "algorithm = flattest, worst(ratio=1.2|2)\nsamples = " + std::to_string(16 * dimension) +
            "\nnoise = 0\nwidth = 300\nseed = 0..6\n[flatness]\nworst-loss-bound = true",
        [=](const configuration::Axes&, const configuration::GridPoint& point) {
          grid::PointResult result;
          result.record.status = grid::Status::done;
          result.record.flatness_orbit_min = 1;
          result.record.population_loss =
              0.01 * dimension * static_cast<double>(point.algorithm + 1);
          if (point.algorithm > 0)
            result.record.worst_loss_bound = 3 * result.record.population_loss;
          return result;
        },
        dimension);
  };
  const test::MadeResults small = made(3), large = made(5);
  const results::ResultsReader small_reader = small.reader(), large_reader = large.reader();
  const std::vector<Figures> files = {Figures(small_reader), Figures(large_reader)};
  const std::vector<Chart> charts = dimension_charts(files);
  const auto chart = std::ranges::find(
      charts, "Population loss against dimension, n = 16 d, noise 0", &Chart::title);
  REQUIRE(chart != charts.end());
  std::vector<std::string> names;
  for (const Series& series : chart->series) names.push_back(series.name);
  CHECK(names == std::vector<std::string>{"flattest", "worst(ratio=1.2)",
                                          "worst(ratio=1.2), upper bound", "worst(ratio=2)",
                                          "worst(ratio=2), upper bound"});
  const Series& bound = chart->series.back();
  CHECK(bound.bare);
  REQUIRE(bound.marks.size() == 2);
  CHECK(bound.marks[1].x == 5);
  CHECK(bound.marks[1].y == Approx(0.45));
}

TEST_CASE("four dimensions decide whether families approach the least", "[report]") {
  const auto judged = [](double exponent, double scatter) {
    const auto made = [&](int dimension) {
      return of_dimension(dimension, exponent, std::to_string(8 * dimension), "", scatter);
    };
    const test::MadeResults four = made(4), eight = made(8), sixteen = made(16), more = made(32);
    const std::array readers = {four.reader(), eight.reader(), sixteen.reader(), more.reader()};
    const std::vector<Figures> files(readers.begin(), readers.end());
    return dimension_verdict(files);
  };
  const Verdict away = judged(0.25, 0.01);
  CAPTURE(words_of(away));
  CHECK(away.outcome == Outcome::agrees);
  REQUIRE(away.findings.size() == 2);
  CHECK(away.findings[0].statistic.value == Approx(0.25).margin(0.02));
  CHECK(away.findings[1].statistic.value == Approx(0.5).margin(0.02));
  // memorizer stays away, lazy does not
  CHECK(judged(-0.5, 0.01).outcome == Outcome::disagrees);
  CHECK(judged(0, 1).outcome == Outcome::undecided);
}

TEST_CASE("files that cannot be compared across dimensions are refused", "[report]") {
  const test::MadeResults small = of_dimension(4, 1, "32");
  const auto refusal = [&](const test::MadeResults& other) -> std::string {
    const results::ResultsReader one = small.reader(), two = other.reader();
    try {
      require_comparable(std::vector<Figures>{Figures(one), Figures(two)});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(refusal(of_dimension(4, 1, "64")),
             Contains("problem.dimension = 4 also in another file"));
  CHECK_THAT(refusal(of_dimension(8, 1, "32")), Contains("no number of samples per dimension"));
  CHECK_THAT(refusal(of_dimension(8, 1, "64", "\n[network]\nactivation = abs")),
             Contains("network.activation = abs here, relu in"));
}
