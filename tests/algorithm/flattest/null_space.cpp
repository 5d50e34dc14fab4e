// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/null_space.hpp"

#include <cmath>
#include <limits>
#include <tuple>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

NullSpaceRadius radius_of(const algorithm::Task& task, const problem::Problem& problem) {
  NullSpaceSearch search(task, problem);
  while (!search.finished()) search.advance();
  return search.result();
}

/// E f^2
double second_moment(const test::TaskFixture& fixture, const network::Network<double>& network) {
  problem::IndexModel zero = fixture.example.target;
  zero.coefficients.setZero();
  return measure::PopulationLoss(fixture.example.problem, *fixture.activation, zero, 0)(network)
      .value;
}

}  // namespace

TEST_CASE("the null-space radius brackets the loss of the worst interpolator", "[slow]") {
  const auto [d, n, noise] = GENERATE(
      std::tuple<Index, Index, double>{2, 12, 0}, std::tuple<Index, Index, double>{2, 20, 0.1},
      std::tuple<Index, Index, double>{3, 16, 0}, std::tuple<Index, Index, double>{4, 24, 0.1});
  for (const std::int64_t seed : {1, 2, 3}) {
    CAPTURE(d, n, noise, seed);
    test::TaskFixture fixture(seed, d, n, n + 1, noise);
    const NullSpaceRadius radius = radius_of(fixture.task, fixture.example.problem);
    REQUIRE(radius.kind ==
            (d == 2 ? algorithm::BoundKind::certified : algorithm::BoundKind::estimated));
    CHECK(radius.found > 0);
    CHECK(radius.found <= radius.bound);
    const network::Network<double> flattest = fixture.run("flattest").network;
    const double least = fixture.orbit_minimum(flattest);
    const double loss = fixture.population_loss(flattest).value;
    fixture.training.worst.ratio = 2;
    const double worst = fixture.population_loss(fixture.run("worst").network).value;
    // Both are found by searches: 2 % for what they miss.
    CHECK(worst - loss >= 0.98 * least * least * radius.found);
    CHECK(std::sqrt(worst) <= 3 * least * std::sqrt(radius.bound) + std::sqrt(loss));
  }
}

TEST_CASE("null functions that are drawn at random are within the null-space radius") {
  // On columns one more than samples there is one null function, up to its size.
  const Index d = GENERATE(2, 3);
  const Index n = 12;
  const test::TaskFixture fixture(4, d, n, n, 0);
  const NullSpaceRadius radius = radius_of(fixture.task, fixture.example.problem);
  const MatrixD& inputs = fixture.task.inputs;
  random::Stream stream(1, random::Purpose::test_set, 6);
  double greatest = 0;
  for (int draw = 0; draw < 2000; ++draw) {
    network::Network<double> network = network::Network<double>::zero(n + 1, d);
    MatrixD values(n, n + 1);
    for (Index j = 0; j <= n; ++j) {
      VectorD w(d);
      random::fill_normal(stream, w);
      network.inner.row(j) = w.transpose();
      for (Index i = 0; i < n; ++i) values(i, j) = test::sigma(w.dot(inputs.col(i)), 0);
    }
    const PivotedQr<double> qr(values.transpose());
    if (qr.rank() < n) continue;
    network.outer = qr.complement().col(0);
    const double flatness = fixture.orbit_minimum(network);
    greatest = std::max(greatest, second_moment(fixture, network) / (flatness * flatness));
  }
  CHECK(greatest > 0);
  CHECK(greatest <= radius.found);
}

TEST_CASE("the null-space radius is infinite where a neuron is 0 at all samples") {
  const test::TaskFixture fixture(5, 4, 3, 4, 0);
  const NullSpaceRadius radius = radius_of(fixture.task, fixture.example.problem);
  CHECK(radius.found == std::numeric_limits<double>::infinity());
  CHECK(radius.kind == algorithm::BoundKind::none);
}

TEST_CASE("the null-space radius depends on units of the inputs alone, not on labels") {
  const test::TaskFixture one(6, 3, 14, 15, 0), other(6, 3, 14, 15, 0.5);
  const double found = radius_of(one.task, one.example.problem).found;
  CHECK(found == radius_of(other.task, other.example.problem).found);
  // F(h) = |a| g(w) grows with the square of the inputs' unit, at the same h.
  const MatrixD doubled = 2 * one.task.inputs;
  const algorithm::Task task{.training = one.training,
                             .activation = *one.activation,
                             .input_law = one.task.input_law,
                             .inputs = doubled,
                             .labels = one.task.labels,
                             .width = 15,
                             .seed = 6};
  CHECK(radius_of(task, one.example.problem).found == Approx(found / 16).epsilon(1e-6));
}
