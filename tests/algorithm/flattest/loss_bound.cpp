// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/loss_bound.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/null_space.hpp"
#include "flatgrid/algorithm/flattest/worst_search.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

BoundedProblem bounded_by(const test::TaskFixture& fixture, const problem::IndexModel* target) {
  return {.inputs = fixture.task.inputs,
          .labels = fixture.task.labels,
          .problem = fixture.example.problem,
          .activation = *fixture.activation,
          .target = target};
}

/// A finished search of `worst`.
class Searched {
 public:
  Searched(const test::TaskFixture& fixture, double ratio)
      : fixture_(fixture),
        form_(fixture.example.problem, *fixture.activation, &fixture.example.target),
        search_({.flattest = {.inputs = fixture.task.inputs,
                              .labels = fixture.task.labels,
                              .slope = slopes_of(*fixture.activation).negative,
                              .derivative_at_zero = slopes_of(*fixture.activation).at_zero},
                 .ratio = ratio,
                 .hints = fixture.example.target.directions.transpose()},
                form_) {
    while (!search_.finished()) search_.advance(1);
  }
  const WorstSearch* operator->() const { return &search_; }
  [[nodiscard]] algorithm::LossBound loss_bound() const {
    return search_.loss_bound(bounded_by(fixture_, &fixture_.example.target));
  }

 private:
  const test::TaskFixture& fixture_;
  measure::LossForm form_;
  WorstSearch search_;
};

}  // namespace

TEST_CASE("no interpolator that is found within the ratio has a loss above the bound", "[slow]") {
  // 222 data sets; those with a half space without a sample are left out.
  const auto [d, n, noise, seeds] = GENERATE(std::tuple<Index, Index, double, int>{2, 6, 0, 90},
                                             std::tuple<Index, Index, double, int>{2, 8, 0.3, 70},
                                             std::tuple<Index, Index, double, int>{3, 9, 0, 50},
                                             std::tuple<Index, Index, double, int>{4, 13, 0.1, 12});
  int searched = 0, far_above = 0;
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    CAPTURE(d, n, noise, seed);
    const test::TaskFixture fixture(seed, d, n, n + 1, noise);
    const double ratio = seed % 3 == 0 ? 1.01 : seed % 3 == 1 ? 1.3 : 3;
    const Searched search(fixture, ratio);
    const WorstResult result = search->result();
    if (!result.interpolates) continue;
    ++searched;
    const auto [bound, kind] = search.loss_bound();
    CHECK(kind == (d == 2 ? algorithm::BoundKind::certified : algorithm::BoundKind::estimated));
    // Rounding: losses are compared down to about 1e-12 F*^2.
    const double rounding = 1e-12 * result.least * result.least;
    const double worst = fixture.population_loss(result.network).value;
    CHECK(worst <= bound + rounding);
    const network::Network<double> flattest = fixture.run("flattest").network;
    CHECK(fixture.population_loss(flattest).value <= bound + rounding);
    far_above += bound > 10 * worst + rounding;
    if (noise > 0) continue;
    // flattest +- h, h a random null function of n + 1 directions with F(h) = (ratio - 1) F*.
    random::Stream stream(seed, random::Purpose::test_set, 7);
    network::Network<double> null = network::Network<double>::zero(n + 1, d);
    MatrixD values(n, n + 1);
    for (Index j = 0; j <= n; ++j) {
      VectorD w(d);
      random::fill_normal(stream, w);
      null.inner.row(j) = w.transpose();
      for (Index i = 0; i < n; ++i)
        values(i, j) = test::sigma(w.dot(fixture.task.inputs.col(i)), 0);
    }
    const PivotedQr<double> qr(values.transpose());
    if (qr.rank() < n) continue;
    null.outer = qr.complement().col(0);
    network::Network<double> sum = network::Network<double>::zero(flattest.width() + n + 1, d);
    sum.inner << flattest.inner, null.inner;
    for (const double sign : {1.0, -1.0}) {
      const double size = sign * (ratio - 1) * result.least / fixture.orbit_minimum(null);
      sum.outer << flattest.outer, size * null.outer;
      CHECK(fixture.orbit_minimum(sum) <= ratio * result.least * (1 + 1e-6));
      CHECK(fixture.population_loss(sum).value <= bound + rounding);
    }
  }
  CHECK(searched >= seeds / 3);
  CHECK(far_above <= searched / 4);
}

TEST_CASE("the bound is near what is found in the plane, and holds for leaky-relu and abs") {
  for (const std::string activation : {"relu", "leaky-relu", "abs"}) {
    CAPTURE(activation);
    const test::TaskFixture fixture(3, 2, 12, 13, 0.1, activation, activation);
    const Searched search(fixture, 2);
    const WorstResult result = search->result();
    REQUIRE(result.interpolates);
    const double worst = fixture.population_loss(result.network).value;
    const double bound = search.loss_bound().value;
    CHECK(worst <= bound);
    CHECK(bound <= 4 * worst);
  }
}

TEST_CASE("the largest function that is 0 at the samples is below its bound") {
  const Index d = GENERATE(2, 3);
  for (const std::int64_t seed : {1, 2, 3}) {
    CAPTURE(d, seed);
    const test::TaskFixture fixture(seed, d, 14, 15, 0);
    const VectorD zero = VectorD::Zero(14);
    const Reduction reduction = reduce(fixture.task.inputs, zero, 0, 0);
    const measure::LossForm form(fixture.example.problem, *fixture.activation, nullptr);
    const BudgetSearch search(reduction, zero, 1, form, seed);
    BudgetSearchState state = search.start({});
    while (!state.finished) search.advance(state);
    const BudgetFunction largest = search.functions(state).front();
    const BoundedProblem bounded{.inputs = fixture.task.inputs,
                                 .labels = zero,
                                 .problem = fixture.example.problem,
                                 .activation = *fixture.activation,
                                 .target = nullptr};
    const algorithm::LossBound bound =
        loss_bound(reduction, form, bounded, zero, 1, largest, state.pool, seed);
    // Rounding of E h^2, which is a difference of terms of order 1.
    CHECK(largest.loss <= bound.value + 1e-12);
    CHECK(bound.kind ==
          (d == 2 ? algorithm::BoundKind::certified : algorithm::BoundKind::estimated));
    // In the plane both problems have the same optimum for these samples.
    if (d == 2) CHECK(bound.value <= 1.01 * largest.loss);
  }
}

TEST_CASE(
    "the certified null-space radius of the plane is within 1 % of what is found, in the median",
    "[slow]") {
  const auto [n, seeds] = GENERATE(std::tuple<Index, int>{9, 50}, std::tuple<Index, int>{16, 20},
                                   std::tuple<Index, int>{24, 8});
  std::vector<double> ratios;
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    CAPTURE(n, seed);
    const test::TaskFixture fixture(seed, 2, n, n + 1, 0);
    NullSpaceSearch search(fixture.task, fixture.example.problem);
    while (!search.finished()) search.advance();
    const NullSpaceRadius radius = search.result();
    if (std::isinf(radius.found)) continue;
    REQUIRE(radius.kind == algorithm::BoundKind::certified);
    // Rounding of what is found: E h^2 is a difference of terms of order 1.
    CHECK(radius.found <= radius.bound * (1 + 1e-9));
    ratios.push_back(radius.bound / radius.found);
  }
  REQUIRE(std::ssize(ratios) >= seeds / 2);
  std::ranges::sort(ratios);
  CHECK(ratios[ratios.size() / 2] <= 1.01);
  CHECK(ratios.back() <= 1.5);
}
