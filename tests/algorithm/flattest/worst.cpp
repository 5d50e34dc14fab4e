// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/flattest/worst_search.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

/// The population loss that `worst` finds at a ratio. Checks that the network interpolates within the budget.
double worst_loss(test::TaskFixture& fixture, double ratio) {
  fixture.training.worst.ratio = ratio;
  const auto run = fixture.start("worst");
  const network::Network<double> network = test::finish(*run).network;
  CHECK(run->obstacle().empty());
  CHECK(fixture.relative_residual(network) <= 1e-16);
  const algorithm::BudgetOutcome outcome = run->budget_outcome().value();
  CHECK(fixture.orbit_minimum(network) <= ratio * outcome.least_flatness * (1 + 1e-6));
  CHECK(outcome.starts_agreeing <= 48);
  // At a ratio of 1 the result is the flattest interpolator, without a search.
  if (ratio > 1) {
    CHECK(outcome.starts_agreeing >= 1);
    CHECK(outcome.violation >= 0);
    CHECK(outcome.violation < 0.01);
  }
  return fixture.population_loss(network).value;
}

/// sigma(X w) / g(w) of a direction, from the definitions.
VectorD scaled_feature(const MatrixD& inputs, const VectorD& w) {
  VectorD values(inputs.cols());
  for (Index i = 0; i < values.size(); ++i) {
    const double z = w.dot(inputs.col(i));
    values(i) = z > 1e-12 * w.norm() * inputs.col(i).norm() ? z : 0;
  }
  return values / test::gauge_value(inputs, w, 0, 0);
}

}  // namespace

TEST_CASE("worst: interpolators within the budget, worse as it grows, not better than the flattest",
          "[slow]") {
  const auto [d, n, noise] = GENERATE(
      std::tuple<Index, Index, double>{2, 14, 0}, std::tuple<Index, Index, double>{2, 14, 0.2},
      std::tuple<Index, Index, double>{3, 16, 0.1}, std::tuple<Index, Index, double>{6, 26, 0});
  CAPTURE(d, n, noise);
  test::TaskFixture fixture(2, d, n, n + 1, noise);
  const network::Network<double> flattest = fixture.run("flattest").network;
  double before = fixture.population_loss(flattest).value * (1 - 1e-6);
  for (const double ratio : {1.0, 1.05, 1.5, 4.0}) {
    CAPTURE(ratio);
    const double loss = worst_loss(fixture, ratio);
    CHECK(loss >= before * (1 - 1e-3));
    before = loss;
  }
}

TEST_CASE("worst: no vertex of the feasible set that brute force tries is worse") {
  // On the line through two interpolators F and P are convex, so P is largest at an end of the segment within the
  // budget. The lines go through the flattest interpolator and a fit on n random columns.
  const Index n = 12;
  const double ratio = 3;
  for (const std::int64_t seed : {1, 2, 3}) {
    test::TaskFixture fixture(seed, 2, n, n + 1, 0.1);
    const double found = worst_loss(fixture, ratio);
    const network::Network<double> flattest = fixture.run("flattest").network;
    const double budget = ratio * fixture.orbit_minimum(flattest);
    const MatrixD& inputs = fixture.task.inputs;
    // All vertices, and random directions.
    std::vector<VectorD> directions;
    for (Index i = 0; i < n; ++i)
      for (const double side : {1.0, -1.0})
        directions.push_back(side * Eigen::Vector2d(-inputs(1, i), inputs(0, i)).normalized());
    random::Stream stream(seed, random::Purpose::test_set, 5);
    for (int k = 0; k < 60; ++k) {
      const double angle = 2 * std::numbers::pi * stream.uniform();
      directions.emplace_back(Eigen::Vector2d(std::cos(angle), std::sin(angle)));
    }
    int within = 0;
    for (int draw = 0; draw < 4000; ++draw) {
      network::Network<double> network = network::Network<double>::zero(n + flattest.width(), 2);
      MatrixD features(n, n);
      std::vector<double> prices;
      for (Index j = 0; j < n; ++j) {
        const auto k =
            static_cast<std::size_t>(stream.uniform() * static_cast<double>(directions.size()));
        features.col(j) = scaled_feature(inputs, directions[k]);
        network.inner.row(j) = directions[k].transpose();
        prices.push_back(test::gauge_value(inputs, directions[k], 0, 0));
      }
      const VectorD b = LeastSquares(features).solve(fixture.task.labels);
      if (!((features * b - fixture.task.labels).norm() <= 1e-9 * fixture.task.labels.norm()))
        continue;
      // flattest + t (fit - flattest) with the largest t within the budget.
      const double cost = b.cwiseAbs().sum();
      const double least = fixture.orbit_minimum(flattest);
      const double t = (budget - least) / (cost + least);
      for (Index j = 0; j < n; ++j)
        network.outer(j) = t * b(j) / prices[static_cast<std::size_t>(j)];
      network.inner.bottomRows(flattest.width()) = flattest.inner;
      network.outer.tail(flattest.width()) = (1 - t) * flattest.outer;
      ++within;
      CHECK(fixture.population_loss(network).value <= found * (1 + 1e-9));
    }
    CHECK(within > 100);
  }
}

TEST_CASE("worst: the same bits however the run is cut, by saved states too") {
  test::TaskFixture fixture(5, 3, 12, 13, 0.1);
  const auto uncut = fixture.start("worst");
  const network::Network<double> whole = test::finish(*uncut).network;
  auto run = fixture.start("worst");
  for (int k = 0; !run->finished(); ++k) {
    run->advance(1 + k % 7);
    if (k % 5 != 4) continue;
    const std::string bytes = run->save();
    run = fixture.start("worst");
    run->load(bytes);
  }
  CHECK(run->network()->inner == whole.inner);
  CHECK(run->network()->outer == whole.outer);
  CHECK(run->loss_bound().value().value == uncut->loss_bound().value().value);
}

TEST_CASE("worst: searches with other random numbers agree", "[slow]") {
  // The allowed relative spread of the losses is 0.3 % in two dimensions and 2 % in three.
  const auto [d, n, spread] = GENERATE(std::tuple<Index, Index, double>{2, 20, 0.003},
                                       std::tuple<Index, Index, double>{3, 24, 0.02});
  const test::TaskFixture fixture(3, d, n, n + 1, 0);
  const measure::LossForm form(fixture.example.problem, *fixture.activation,
                               &fixture.example.target);
  std::vector<double> losses;
  for (const std::int64_t seed : {0, 1, 2, 3}) {
    WorstProblem problem{.flattest = {.inputs = fixture.task.inputs, .labels = fixture.task.labels},
                         .hints = fixture.example.target.directions.transpose()};
    problem.flattest.seed = seed;
    WorstSearch search(problem, form);
    while (!search.finished()) search.advance(1);
    losses.push_back(fixture.population_loss(search.result().network).value);
  }
  CHECK(std::ranges::min(losses) >= std::ranges::max(losses) * (1 - spread));
}

TEST_CASE("worst: leaky-relu and abs") {
  const std::string activation = GENERATE("leaky-relu", "abs");
  CAPTURE(activation);
  test::TaskFixture fixture(6, 3, 14, 15, 0.1, activation, activation);
  const network::Network<double> flattest = fixture.run("flattest").network;
  CHECK(worst_loss(fixture, 2) > fixture.population_loss(flattest).value);
}

TEST_CASE("worst: a half space without a sample is an obstacle") {
  // All samples have a positive first coordinate, so relu(-x_1) is 0 on them and costs nothing.
  test::TaskFixture fixture(7, 3, 9, 12, 0);
  MatrixD inputs = fixture.task.inputs;
  inputs.row(0) = inputs.row(0).cwiseAbs();
  Samples samples = make_samples(inputs, 0, 0, 1);
  CHECK(has_free_neuron(samples));
  samples.slope = -1;
  CHECK_FALSE(has_free_neuron(samples));
  // Every half-space contains a corner of a simplex around 0. Without one of the corners some half-space is empty.
  MatrixD simplex(3, 4);
  simplex << 1, -1, 0, 0, 0, -1, 1, 0, 0, -1, 0, 1;
  CHECK_FALSE(has_free_neuron(make_samples(simplex, 0, 0, 1)));
  CHECK(has_free_neuron(make_samples(simplex.leftCols(3), 0, 0, 1)));

  const algorithm::Task task{.training = fixture.training,
                             .activation = *fixture.activation,
                             .input_law = fixture.task.input_law,
                             .inputs = inputs,
                             .labels = fixture.task.labels,
                             .width = 12,
                             .seed = 7};
  const auto run =
      algorithm::start_run(*Choice<algorithm::Algorithm>("worst"), task, fixture.truth);
  test::finish(*run);
  CHECK(
      run->obstacle() ==
      "the loss has no maximum: a neuron that is 0 at all samples and not elsewhere costs nothing");
  CHECK_FALSE(run->budget_outcome());
}

TEST_CASE("worst: a width that does not suffice is told") {
  test::TaskFixture fixture(2, 3, 16, 6, 0.1);
  const auto run = fixture.start("worst");
  test::finish(*run);
  CHECK(run->obstacle().find("a width of") != std::string::npos);
  CHECK_FALSE(run->budget_outcome());
}
