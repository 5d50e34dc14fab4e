// SPDX-License-Identifier: MIT
#include "flatgrid/report/dimensions.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"
#include "report/made_results.hpp"

using namespace flatgrid;
using Catch::Contains;

namespace {

/// The ratio of lazy is d^exponent at 8 samples per dimension, that of memorizer sqrt(d).
test::MadeResults of_dimension(int dimension, double exponent, const std::string& samples,
                               const std::string& more = "") {
  return {"algorithm = flattest, lazy, memorizer\nsamples = " + samples +
              "\nnoise = 0\nwidth = 200\nseed = 0..9" + more,
          [=](const Axes&, const GridPoint& point) {
            PointResult result;
            result.record.status = Status::done;
            result.record.population_loss = 0.01;
            result.record.flatness_orbit_min =
                point.algorithm == 0 ? 1
                                     : std::pow(dimension, point.algorithm == 1 ? exponent : 0.5);
            return result;
          },
          dimension};
}

}  // namespace

TEST_CASE("ratios against the dimension at the same number of samples per dimension", "[report]") {
  for (const double exponent : {0.25, -0.5}) {
    const test::MadeResults small = of_dimension(4, exponent, "32, 40");
    const test::MadeResults large = of_dimension(16, exponent, "64, 128");
    const ResultsReader small_reader = small.reader(), large_reader = large.reader();
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
    CHECK(charts[0].series[1].marks[1].y == Approx(std::pow(16, exponent)));

    const Verdict verdict = dimension_verdict(files);
    CAPTURE(verdict.words);
    CHECK(verdict.outcome == (exponent > 0 ? Outcome::agrees : Outcome::mixed));
    REQUIRE(verdict.evidence.size() == 2);
    CHECK(verdict.evidence[0].statistic.value == Approx(exponent));
    CHECK(verdict.evidence[1].statistic.value == Approx(0.5));
  }
}

TEST_CASE("files that cannot be compared across dimensions are refused", "[report]") {
  const test::MadeResults small = of_dimension(4, 1, "32");
  const auto refusal = [&](const test::MadeResults& other) -> std::string {
    const ResultsReader one = small.reader(), two = other.reader();
    try {
      require_comparable(std::vector<Figures>{Figures(one), Figures(two)});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(refusal(of_dimension(4, 1, "64")), Contains("problem.dimension = 4 in another file"));
  CHECK_THAT(refusal(of_dimension(8, 1, "32")), Contains("no number of samples per dimension"));
  CHECK_THAT(refusal(of_dimension(8, 1, "64", "\n[network]\nactivation = abs")),
             Contains("network.activation = abs here, relu in"));
}
