// SPDX-License-Identifier: MIT
#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/flattest/identity.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"
#include "flatgrid/measure/norms.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

FlattestProblem least_norm_of(const MatrixD& inputs, const VectorD& labels, double slope) {
  return {.inputs = inputs,
          .labels = labels,
          .gauge = GaugeKind::path_norm,
          .slope = slope,
          .derivative_at_zero = slope > 0 ? slope : 0};
}

/// sigma(X w) [n, m] of the directions [d, m].
MatrixD activations_on(const MatrixD& inputs, const MatrixD& directions, double slope) {
  MatrixD values = inputs.transpose() * directions;
  for (double& z : values.reshaped()) z = test::sigma(z, slope);
  return values;
}

}  // namespace

TEST_CASE("min-norm in the plane agrees with a linear program on a fine grid of the circle") {
  // The grid contains the samples' normals, so sigma(X w) is linear between neighbouring directions, which are at
  // most an angle e = 2 pi / 8000 apart. Two neurons along neighbours can therefore replace a neuron between them
  // at 1 / cos(e / 2) <= 1 + 1e-7 times its norm.
  const double slope = GENERATE(0.0, 0.1, -1.0);
  const double noise = GENERATE(0.0, 0.2);
  CAPTURE(slope, noise);
  const Index n = 12, m = 8000;
  const MatrixD inputs = test::normal_inputs(3, 2, n);
  const VectorD labels = test::three_index_labels(1, inputs, noise, slope);
  MatrixD circle(2, m + 2 * n);
  for (Index k = 0; k < m; ++k) {
    const double angle = 2 * M_PI * static_cast<double>(k) / static_cast<double>(m);
    circle.col(k) << std::cos(angle), std::sin(angle);
  }
  for (Index i = 0; i < n; ++i) {
    const VectorD x = inputs.col(i).normalized();
    circle.col(m + 2 * i) << -x(1), x(0);
    circle.col(m + 2 * i + 1) << x(1), -x(0);
  }
  const MatrixD features = activations_on(inputs, circle, slope);
  const SimplexSolution grid = solve_simplex(features, labels, {}, VectorD::Ones(circle.cols()));
  REQUIRE(grid.independent);
  const FlattestResult result = find_flattest(least_norm_of(inputs, labels, slope));
  CHECK(result.interpolates);
  CHECK(result.kind == algorithm::BoundKind::certified);
  CHECK(result.gap <= 1e-6);
  CHECK(result.gap >= -1e-12);
  CHECK(result.lower_bound <= grid.cost * (1 + 1e-12));
  CHECK(result.cost <= grid.cost * (1 + 1e-6));
  CHECK(grid.cost <= result.cost * (1 + 1e-6));
  // The reported cost is the measured path norm, and |l.sigma(X w)| <= ||w|| for the multipliers l.
  CHECK(measure::path_norm(result.network) == Approx(result.cost).epsilon(1e-13));
  CHECK((features.transpose() * result.multipliers).cwiseAbs().maxCoeff() <= 1 + 1e-9);
  CHECK(result.multipliers.dot(labels) == Approx(result.lower_bound).epsilon(1e-9));
}

TEST_CASE(
    "min-norm does not depend on the units of inputs and labels, and collinear samples count "
    "once") {
  const MatrixD inputs = test::normal_inputs(8, 3, 12);
  const VectorD labels = test::three_index_labels(2, inputs, 0.3);
  const FlattestResult plain = find_flattest(least_norm_of(inputs, labels, 0));
  REQUIRE(plain.gap <= 1e-6);
  const FlattestResult scaled = find_flattest(least_norm_of(1e5 * inputs, 1e-3 * labels, 0));
  CHECK(scaled.cost == Approx(1e-8 * plain.cost).epsilon(1e-6));
  CHECK(scaled.lower_bound == Approx(1e-8 * plain.lower_bound).epsilon(1e-6));
  MatrixD collinear(3, 13);
  collinear << inputs, 0.37 * inputs.col(2);
  VectorD proportional(13);
  proportional << labels, 0.37 * labels(2);
  CHECK(find_flattest(least_norm_of(collinear, proportional, 0)).cost ==
        Approx(plain.cost).epsilon(1e-6));
}

TEST_CASE("min-norm: a nearly vanishing coordinate gives the least norm without it") {
  // As the coordinate tends to 0, the least norm tends to the least norm without the coordinate.
  MatrixD inputs = test::normal_inputs(12, 3, 8);
  const VectorD labels = test::three_index_labels(3, inputs, 0.3);
  const double limit = find_flattest(least_norm_of(inputs.topRows(2), labels, 0)).cost;
  inputs.row(2) *= GENERATE(1e-5, 1e-8);
  const FlattestResult result = find_flattest(least_norm_of(inputs, labels, 0));
  CHECK(result.kind == algorithm::BoundKind::certified);
  CHECK(result.interpolates);
  CHECK(result.gap <= 1e-6);
  CHECK(result.cost == Approx(limit).epsilon(1e-2));
  CHECK(result.cost <= limit * (1 + 1e-6));
}

TEST_CASE("min-norm ends at an interpolator of least norm with balanced neurons") {
  const std::string activation = GENERATE("relu", "leaky-relu", "abs");
  const Index d = GENERATE(3, 6);
  CAPTURE(activation, d);
  const test::TaskFixture fixture(4, d, 20, 20, 0.2, activation);
  const auto run = fixture.start("min-norm");
  const network::Network<double> network = test::finish(*run).network;
  CHECK(fixture.relative_residual(network) <= 1e-16);
  CHECK(run->obstacle().empty());
  CHECK_FALSE(run->flatness_bound());
  const algorithm::LowerBound bound = run->path_norm_bound().value();
  CHECK(bound.kind == (d == 3 ? algorithm::BoundKind::certified : algorithm::BoundKind::estimated));
  CHECK(measure::path_norm(network) >= bound.value * (1 - 1e-12));
  CHECK(measure::path_norm(network) <= bound.value * (1 + 2e-3));
  CHECK(bound.multipliers.dot(fixture.task.labels) == Approx(bound.value).epsilon(1e-9));
  CHECK(2 * measure::path_norm(network) ==
        Approx(measure::parameter_norm(network) * measure::parameter_norm(network)).epsilon(1e-12));
  const network::Network<double> flattest = fixture.run("flattest").network;
  CHECK(measure::path_norm(network) <= measure::path_norm(flattest) * (1 + 2e-4));
  const network::Network<double> random = fixture.run("random-features").network;
  CHECK(measure::path_norm(network) < measure::path_norm(random));
  for (const network::Network<double>* other : {&flattest, &random})
    CHECK(measure::path_norm(*other) >= bound.value * (1 - 1e-12));
}

TEST_CASE("min-norm of a linear network is the least-norm solution") {
  const MatrixD inputs = test::normal_inputs(9, 4, 3);
  const VectorD u = test::normal_inputs(10, 4, 1);
  const FlattestResult result = flattest_linear(least_norm_of(inputs, inputs.transpose() * u, 1));
  // The solution is the projection of u on the span of the samples.
  const MatrixD span = orthonormalized(inputs);
  CHECK(result.interpolates);
  CHECK(result.cost == Approx((span.transpose() * u).norm()).epsilon(1e-12));
  CHECK(result.lower_bound == Approx(result.cost).epsilon(1e-12));
  CHECK(result.multipliers.dot(inputs.transpose() * u) == Approx(result.cost).epsilon(1e-12));
  CHECK((inputs * result.multipliers).norm() == Approx(1).epsilon(1e-12));
}

TEST_CASE(
    "min-norm in higher dimension has a small gap, and dense directions do not violate the bound") {
  const MatrixD inputs = test::normal_inputs(10, 6, 24);
  auto problem = least_norm_of(inputs, test::three_index_labels(6, inputs, 0.1), 0);
  problem.starts = 20;
  const FlattestResult result = find_flattest(problem);
  CHECK(result.interpolates);
  CHECK(result.gap >= 0);
  CHECK(result.gap <= 0.01);
  MatrixD directions = test::normal_inputs(77, 6, 20000);
  directions.colwise().normalize();
  CHECK((activations_on(inputs, directions, 0).transpose() * result.multipliers)
            .cwiseAbs()
            .maxCoeff() <= 1);
}
