// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

/// Samples whose last coordinate is twice the first plus `extent` times a standard normal number.
FlattestProblem nearly_collinear(Index d, Index n, double extent) {
  FlattestProblem problem;
  problem.inputs = test::normal_inputs(1, d, n);
  problem.labels = test::three_index_labels(1, problem.inputs, 0.3);
  problem.inputs.row(d - 1) = 2 * problem.inputs.row(0) + extent * problem.inputs.row(d - 1);
  return problem;
}

void check_collinear(Index d, Index n) {
  // At an extent of 1e-5 the search in all dimensions interpolates. Its minimum hardly depends on the extent (rounding
  // the inputs to 1e-16 changes it by 1e-16 / extent). Without the small dimension the minimum is that of exactly
  // collinear columns.
  const FlattestResult wide = find_flattest(nearly_collinear(d, n, 1e-5));
  const FlattestResult narrow = find_flattest(nearly_collinear(d, n, 0));
  REQUIRE(wide.interpolates);
  REQUIRE(narrow.interpolates);
  CHECK(wide.gap < 2e-4);
  CHECK(narrow.gap < 2e-4);
  CHECK(wide.cost < 0.9 * narrow.cost);
  for (const double extent : {1e-9, 1e-11}) {
    CAPTURE(d, extent);
    const FlattestResult result = find_flattest(nearly_collinear(d, n, extent));
    CHECK(result.interpolates);
    CHECK(result.residual <= 1e-16);
    CHECK(result.message.empty());
    CHECK(result.cost == Approx(narrow.cost).epsilon(2e-4));
    CHECK(result.kind ==
          (d == 3 ? algorithm::BoundKind::certified : algorithm::BoundKind::estimated));
    CHECK(result.lower_bound == Approx(wide.lower_bound).epsilon(2e-4));
    CHECK(result.gap == result.cost / result.lower_bound - 1);
  }
}

}  // namespace

TEST_CASE("nearly collinear columns are interpolated, with a bound for the full dimension") {
  check_collinear(3, 12);
}

TEST_CASE("nearly collinear columns are interpolated where the bound is estimated", "[slow]") {
  check_collinear(6, 20);
}

TEST_CASE("a small dimension that the labels need is kept, although the fit stalls") {
  // Without the small dimension the samples lie on one ray, but their labels have opposite signs.
  FlattestProblem problem;
  problem.inputs = (MatrixD(2, 2) << 2.1, 1.9, 2.1 + 1e-9, 1.9 - 0.9e-9).finished();
  problem.labels = (VectorD(2) << -1.7, 2.6).finished();
  const FlattestResult result = find_flattest(problem);
  CHECK_FALSE(result.interpolates);
  CHECK(result.message.find("stalls") != std::string::npos);
  CHECK(result.kind == algorithm::BoundKind::certified);
}

TEST_CASE("both stages continue after an interruption to the same bits") {
  const FlattestProblem problem = nearly_collinear(3, 20, 1e-9);
  const FlattestResult whole = find_flattest(problem);
  TwoStageState stored = TwoStageSearch(problem).state();
  bool second = false;
  while (true) {
    TwoStageSearch search(problem);  // as if in another process
    search.restore(stored);
    if (search.finished()) {
      CHECK(search.result().network.inner == whole.network.inner);
      CHECK(search.result().network.outer == whole.network.outer);
      CHECK(search.result().multipliers == whole.multipliers);
      break;
    }
    search.advance(3);
    stored = search.state();
    second = second || stored.second.has_value();
  }
  CHECK(second);
}
