// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/flattest/certificate.hpp"
#include "flatgrid/algorithm/flattest/identity.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/activation.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

FlattestProblem problem_of(const MatrixD& inputs, const VectorD& labels, double slope = 0) {
  return {.inputs = inputs,
          .labels = labels,
          .slope = slope,
          .derivative_at_zero = slope > 0 ? slope : 0};
}

/// The orbit minimum and relative squared residual that the suite measures.
std::pair<double, double> measured(const FlattestProblem& problem,
                                   const network::Network<double>& network) {
  const auto activation =
      network::make_activation({.activation = problem.slope == 0    ? "relu"
                                              : problem.slope == -1 ? "abs"
                                                                    : "leaky-relu",
                                .leaky_slope = problem.slope});
  VectorD outputs = VectorD::Zero(problem.labels.size());
  for (Index i = 0; i < outputs.size(); ++i)
    for (Index j = 0; j < network.width(); ++j)
      outputs(i) += network.outer(j) *
                    test::sigma(network.inner.row(j).dot(problem.inputs.col(i)), problem.slope);
  return {
      measure::flatness_orbit_min(measure::neuron_traces(*activation, network, problem.inputs), 1),
      (outputs - problem.labels).squaredNorm() / problem.labels.squaredNorm()};
}

/// The flatness of an interpolator with random directions and the least-norm outer weights; -1 if they do not fit.
double flatness_of_random_features(const FlattestProblem& problem, std::int64_t seed) {
  const Index n = problem.labels.size();
  const MatrixD directions = test::normal_inputs(seed, problem.inputs.rows(), 4 * n);
  MatrixD values = problem.inputs.transpose() * directions;
  for (double& z : values.reshaped()) z = test::sigma(z, problem.slope);
  const VectorD a = LeastSquares(values).solve(problem.labels);
  if ((values * a - problem.labels).norm() > 1e-9 * problem.labels.norm()) return -1;
  return measured(problem, {directions.transpose(), a}).first;
}

}  // namespace

TEST_CASE("the minimum is reached for independent samples that are nearly dependent") {
  // F >= (2/n) sum |y_i| ||x_i|| by Cauchy-Schwarz. For independent samples a network attains this bound: it has one
  // neuron per sample, with the other samples on the neuron's border.
  MatrixD inputs;
  VectorD labels;
  bool within_doubles = true;
  SECTION("two samples at a small angle") {
    // At distances of 1e-9 and less no network in double precision fits the labels to 1e-8, but the bound still holds.
    const double distance = GENERATE(1e-4, 1e-6, 1e-7, 2.6e-8, 1e-9, 1e-11, 1e-12);
    within_doubles = distance > 2e-8;
    inputs = (MatrixD(2, 2) << 2.1, 1.9, 2.1 + distance, 1.9 - 0.9 * distance).finished();
    labels = (VectorD(2) << -1.7, 2.6).finished();
  }
  SECTION("three samples, nearly in a plane") {
    inputs = (MatrixD(3, 3) << 1, 0, 1, 0, 1, 1, 0, 0, 1e-10).finished();
    labels = VectorD::Ones(3);
  }
  SECTION("columns in unlike units") {
    inputs = (MatrixD(2, 2) << 1, 0, 0, 1e-8).finished();
    labels = VectorD::Ones(2);
  }
  SECTION("large and small") {
    const double unit = GENERATE(1e-150, 1e-120, 1e104, 1e150);
    inputs = (MatrixD(2, 2) << unit, 0.3 * unit, 0, unit).finished();
    labels = VectorD::Constant(2, 1 / unit);
  }
  CAPTURE(inputs, labels);
  const FlattestResult result = find_flattest(problem_of(inputs, labels));
  const double least = 2 / static_cast<double>(labels.size()) *
                       labels.cwiseAbs().dot(inputs.colwise().stableNorm().transpose());
  CHECK(result.lower_bound <= least * (1 + 1e-14));
  if (!within_doubles) return;
  CHECK(result.kind == algorithm::BoundKind::certified);
  CHECK(result.lower_bound == Approx(least).epsilon(1e-6));
  CHECK(result.interpolates);
  CHECK(result.cost == Approx(least).epsilon(1e-6));
}

TEST_CASE("rounded samples with an opposite pair are interpolated with a certified gap") {
  const Index d = GENERATE(2, 3);
  const std::int64_t seed = GENERATE(0, 1, 2, 3);
  const double size = GENERATE(1.5, 5.0);
  CAPTURE(d, seed, size);
  MatrixD inputs = (size * test::normal_inputs(seed, d, 7)).array().round();
  inputs.col(6) = -inputs.col(0);
  const FlattestResult result =
      find_flattest(problem_of(inputs, test::three_index_labels(seed, inputs, 0)));
  CHECK(result.interpolates);
  CHECK(result.kind == algorithm::BoundKind::certified);
  CHECK(result.gap <= 1e-6);
}

TEST_CASE("the search does not depend on the units of inputs, labels and columns") {
  const double noise = GENERATE(0.0, 0.3);
  const MatrixD inputs = test::normal_inputs(8, 3, 12);
  const VectorD labels = test::three_index_labels(2, inputs, noise);
  const FlattestResult plain = find_flattest(problem_of(inputs, labels));
  REQUIRE(plain.gap <= 1e-6);
  const double input_unit = GENERATE(1e-150, 1e-75, 1e75, 1e150);
  const double label_unit = GENERATE(1e-150, 1.0, 1e150);
  CAPTURE(noise, input_unit, label_unit);
  if (const double unit = input_unit * label_unit; unit > 1e-299 && unit < 1e299) {
    const FlattestResult scaled =
        find_flattest(problem_of(input_unit * inputs, label_unit * labels));
    CHECK(scaled.interpolates);
    CHECK(scaled.gap <= 1e-6);
    CHECK(scaled.cost / input_unit / label_unit == Approx(plain.cost).epsilon(2e-6));
  }
  // A smaller unit of a column reduces ||x_i||, and so F, which tends to a limit; 1e-5 and 1e-8 are both close to it.
  MatrixD columns = inputs, limit = inputs;
  columns.row(2) *= 1e-8;
  limit.row(2) *= 1e-5;
  const FlattestResult small = find_flattest(problem_of(columns, labels));
  CHECK(small.interpolates);
  CHECK(small.gap <= 1e-6);
  CHECK(small.cost == Approx(find_flattest(problem_of(limit, labels)).cost).epsilon(1e-6));
}

TEST_CASE("in low dimension the flattest interpolator is certified") {
  const Index d = GENERATE(1, 2, 3);
  const double slope = GENERATE(0.0, 0.1);
  const double noise = GENERATE(0.0, 0.3);
  CAPTURE(d, slope, noise);
  const Index n = d == 1 ? 2 : 25;
  MatrixD inputs = test::normal_inputs(40 + d, d, n);
  if (d == 1) inputs << 1.5, -0.7;
  const auto problem = problem_of(inputs, test::three_index_labels(d, inputs, noise, slope), slope);
  const FlattestResult result = find_flattest(problem);
  CHECK(result.message.empty());
  CHECK(result.interpolates);
  CHECK(result.kind == algorithm::BoundKind::certified);
  CHECK(result.gap <= 1e-6);
  CHECK(result.gap >= -1e-12);
  CHECK(result.neurons <= n);
  // The reported cost is the measured orbit minimum, and the multipliers certify the reported bound.
  const auto [flatness, residual] = measured(problem, result.network);
  CHECK(result.cost == Approx(flatness).epsilon(1e-13));
  CHECK(residual <= 1e-20);
  CHECK(certified_lower_bound(problem.inputs, problem.labels, slope, problem.derivative_at_zero,
                              result.multipliers) == Approx(result.lower_bound).epsilon(1e-12));
}

TEST_CASE("in the plane a fine grid of directions is no better and close") {
  // The simplex method solves a linear program over 4000 directions and the samples' normals.
  const Index n = 15;
  const MatrixD inputs = test::normal_inputs(3, 2, n);
  const VectorD labels = test::three_index_labels(1, inputs, 0.2);
  MatrixD features(n, 4000 + 2 * n);
  for (Index k = 0; k < features.cols(); ++k) {
    VectorD w(2);
    if (k < 4000) {
      w << std::cos(2 * M_PI * static_cast<double>(k) / 4000),
          std::sin(2 * M_PI * static_cast<double>(k) / 4000);
    } else {
      const VectorD x = inputs.col((k - 4000) / 2).normalized();
      w << -x(1), x(0);
      if (k % 2 == 1) w = -w;
    }
    const double g = test::gauge_value(inputs, w, 0, 0);
    for (Index i = 0; i < n; ++i) {
      const double z = w.dot(inputs.col(i));
      features(i, k) = z > 1e-12 && g > 0 ? z / g : 0;
    }
  }
  const SimplexSolution grid = solve_simplex(features, labels, {}, VectorD::Ones(features.cols()));
  REQUIRE(grid.independent);
  const FlattestResult result = find_flattest(problem_of(inputs, labels));
  CHECK(result.lower_bound <= grid.cost);
  CHECK(result.cost <= grid.cost * (1 + 1e-6));
  CHECK(grid.cost <= result.cost * 1.001);
}

TEST_CASE("for abs the bound allows for preactivations that are exactly zero") {
  const Index n = 30;
  const MatrixD inputs = test::normal_inputs(5, 2, n);
  const auto problem = problem_of(inputs, test::three_index_labels(2, inputs, 0.3, -1), -1);
  const FlattestResult result = find_flattest(problem);
  CHECK(result.interpolates);
  CHECK(result.kind == algorithm::BoundKind::certified);
  CHECK(measured(problem, result.network).first == Approx(result.cost).epsilon(1e-13));
  // A sample on a neuron's border could reduce the neuron's sum ||x_i||^2 by the ||x||^2 of this sample.
  const double share =
      inputs.colwise().squaredNorm().maxCoeff() / inputs.colwise().squaredNorm().sum();
  CHECK(result.gap >= 0);
  CHECK(result.gap <= 1 / std::sqrt(1 - share) - 1 + 1e-6);
}

TEST_CASE("an interrupted search continues to the same bits") {
  const Index d = GENERATE(2, 5);
  const Index n = d == 2 ? 30 : 40;
  const MatrixD inputs = test::normal_inputs(6, d, n);
  auto problem = problem_of(inputs, test::three_index_labels(3, inputs, 0.1));
  problem.rounds = 10;
  problem.starts = 12;
  const FlattestSearch search(problem);
  ColumnGenerationState whole = search.start();
  search.advance(whole, 1000);
  REQUIRE(whole.finished);
  ColumnGenerationState cut = search.start();
  while (!cut.finished) {
    ColumnGenerationState stored = cut;  // as if stored and loaded by another process
    FlattestSearch(problem).advance(stored, 3);
    cut = stored;
  }
  const FlattestResult a = search.result(whole), b = search.result(cut);
  CHECK(a.network.inner == b.network.inner);
  CHECK(a.network.outer == b.network.outer);
  CHECK(a.lower_bound == b.lower_bound);
  CHECK(a.multipliers == b.multipliers);
}

TEST_CASE("rounds end when the gap is closed or the limit is reached, and report which") {
  const MatrixD inputs = test::normal_inputs(6, 3, 30);
  auto problem = problem_of(inputs, test::three_index_labels(3, inputs, 0.1));
  CHECK(find_flattest(problem).ending == Termination::closed);
  problem.rounds = 1;
  const FlattestResult short_of = find_flattest(problem);
  CHECK(short_of.ending == Termination::rounds);
  CHECK(reason(short_of.ending) == "the rounds are used up");
  CHECK(short_of.kind == algorithm::BoundKind::certified);
  CHECK(short_of.lower_bound <= short_of.cost);
}

TEST_CASE("no interpolator is below the bound, for data of every kind") {
  const double slope = GENERATE(0.0, 0.1, -1.0);
  for (std::int64_t seed = 0; seed < 12; ++seed) {
    const Index d = 1 + seed % 4;
    const Index n = d == 1 ? 2 : 6 + seed % 5;
    MatrixD inputs = test::normal_inputs(200 + seed, d, n);
    if (d == 1) inputs << 0.3, -2;
    if (seed % 3 == 1) inputs = inputs.array().sign();                          // +-1
    if (seed % 3 == 2) inputs.row(0) = inputs.row(0).cwiseAbs().array() + 0.1;  // in a half-space
    VectorD labels = test::three_index_labels(seed, inputs, 0.0, slope);
    if (seed % 2 == 0) labels = test::three_index_labels(seed, inputs, 0.3, slope);
    CAPTURE(slope, seed);
    const auto problem = problem_of(inputs, labels, slope);
    const FlattestResult result = find_flattest(problem);
    const double other = flatness_of_random_features(problem, seed);
    if (other < 0) continue;
    CHECK(result.lower_bound <= other * (1 + 1e-13));  // `other` is rounded
    if (result.interpolates) {
      CHECK(result.gap >= -1e-12);
      CHECK(result.cost <= other * (1 + 1e-9));
    }
  }
}

TEST_CASE("degenerate data are solved, or the error gives the reason in one line") {
  const MatrixD inputs = test::normal_inputs(7, 3, 10);
  const VectorD labels = test::three_index_labels(4, inputs, 0.2);
  const FlattestResult plain = find_flattest(problem_of(inputs, labels));
  REQUIRE(plain.interpolates);

  SECTION("all labels 0") {
    const FlattestResult result = find_flattest(problem_of(inputs, VectorD::Zero(10)));
    CHECK(result.interpolates);
    CHECK(result.cost == 0);
    CHECK(result.lower_bound == 0);
    CHECK(result.network.width() == 0);
  }
  SECTION("a sample twice") {
    MatrixD twice(3, 11);
    twice << inputs, inputs.col(4);
    VectorD same(11);
    same << labels, labels(4);
    const FlattestResult result = find_flattest(problem_of(twice, same));
    CHECK(result.interpolates);
    CHECK(result.gap <= 1e-6);
    same(10) += 1;
    const FlattestResult other = find_flattest(problem_of(twice, same));
    CHECK_FALSE(other.interpolates);
    CHECK(other.message.find("samples 4 and 10") != std::string::npos);
  }
  SECTION("collinear samples") {
    MatrixD collinear(3, 11);
    collinear << inputs, 0.37 * inputs.col(2);
    VectorD proportional(11);
    proportional << labels, 0.37 * labels(2);
    const FlattestResult result = find_flattest(problem_of(collinear, proportional));
    CHECK(result.interpolates);
    CHECK(result.gap <= 1e-6);
  }
  SECTION("opposite samples") {
    MatrixD opposite(3, 20);
    opposite << inputs, -inputs;
    VectorD both(20);
    both << labels, -labels;
    // sigma(w.x) - sigma(-w.x) is linear in x, so labels can only be fitted if y(x) - y(-x) is linear in x.
    const FlattestResult result = find_flattest(problem_of(opposite, both));
    CHECK_FALSE(result.interpolates);
    CHECK(result.message.find("opposite") != std::string::npos);
    both << labels, labels;
    CHECK(find_flattest(problem_of(opposite, both)).interpolates);
  }
  SECTION("a zero sample") {
    MatrixD with_zero(3, 11);
    with_zero << inputs, VectorD::Zero(3);
    VectorD fitting(11);
    fitting << labels, 0;
    const FlattestResult result = find_flattest(problem_of(with_zero, fitting));
    CHECK(result.interpolates);
    CHECK(result.gap <= 1e-6);
    fitting(10) = 1;
    CHECK(find_flattest(problem_of(with_zero, fitting)).message.find("zero") != std::string::npos);
  }
  SECTION("fewer samples than dimensions") {
    const MatrixD few = test::normal_inputs(8, 6, 4);
    const FlattestResult result =
        find_flattest(problem_of(few, test::three_index_labels(5, few, 0.1)));
    CHECK(result.interpolates);
    CHECK(result.kind == algorithm::BoundKind::certified);
    CHECK(result.gap <= 1e-6);
  }
  SECTION("a width that does not suffice") {
    auto problem = problem_of(inputs, labels);
    problem.width = plain.neurons - 1;
    const FlattestResult result = find_flattest(problem);
    CHECK_FALSE(result.interpolates);
    CHECK(result.message.find("width of " + std::to_string(plain.neurons)) != std::string::npos);
  }
  SECTION("the identity") {
    const VectorD u = test::normal_inputs(9, 3, 1);
    auto problem = problem_of(inputs, inputs.transpose() * u, 1);
    const FlattestResult result = flattest_linear(problem);
    CHECK(result.interpolates);
    CHECK(result.gap <= 1e-9);
    CHECK(measured(problem, result.network).first == Approx(result.cost).epsilon(1e-12));
    problem.labels(0) += 1;
    CHECK(flattest_linear(problem).message ==
          "the labels are not linear in the inputs: no network fits them");
  }
  SECTION("units do not matter") {
    const FlattestResult scaled = find_flattest(problem_of(inputs * 3e5, labels * 1e-7));
    CHECK(scaled.cost == Approx(plain.cost * 3e-2).epsilon(1e-6));
    CHECK(scaled.gap <= 1e-6);
  }
}

TEST_CASE("in higher dimension the bound is estimated and close to the value") {
  const Index n = 24;
  const MatrixD inputs = test::normal_inputs(10, 6, n);
  auto problem = problem_of(inputs, test::three_index_labels(6, inputs, 0.1));
  problem.rounds = 40;
  problem.starts = 20;
  const FlattestResult result = find_flattest(problem);
  CHECK(result.interpolates);
  CHECK(result.kind == algorithm::BoundKind::estimated);
  CHECK(result.neurons <= n);
  CHECK(result.gap >= 0);
  CHECK(result.gap <= 0.01);
  CHECK(estimated_lower_bound(problem.inputs, problem.labels, 0, 0, result.multipliers, 200, 1) ==
        Approx(result.lower_bound).epsilon(0.01));
}
