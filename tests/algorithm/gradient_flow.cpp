// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;

namespace {

/// The change of ||w_j||^2 - k a_j^2 in a run of the flow with this tolerance: the largest over the neurons,
/// relative to the largest ||w_j||^2. The exact flow of a homogeneous network conserves ||w_j||^2 - k a_j^2,
/// because k a_j dL/da_j = w_j . dL/dw_j (Du, Hu, Lee 2018).
double drift(test::TaskFixture& fixture, double tolerance) {
  fixture.training.flow_tolerance = tolerance;
  const auto run = fixture.start("gradient-flow");
  const network::Network<double> begin = *run->network();
  const network::Network<double> end = test::finish(*run).network;
  const double k = fixture.activation->degree();
  double largest = 0;
  double size = 0;
  for (Index j = 0; j < begin.width(); ++j) {
    const auto balance = [&](const network::Network<double>& network) {
      return network.inner.row(j).squaredNorm() - k * std::pow(network.outer(j), 2);
    };
    size = std::max(size, end.inner.row(j).squaredNorm());
    largest = std::max(largest, std::abs(balance(end) - balance(begin)));
  }
  return largest / size;
}

}  // namespace

TEST_CASE("the flow conserves ||w||^2 - k a^2 of every neuron, to its tolerance") {
  const std::string name = GENERATE("relu", "abs", "leaky-relu", "relu2", "quadratic", "relu3");
  CAPTURE(name);
  test::TaskFixture fixture(1, 4, 9, 12, 0.1, name);
  fixture.training.handover_loss = 1e-8;
  const double coarse = drift(fixture, 1e-2);
  const double fine = drift(fixture, 1e-4);
  // The run has some hundred steps, each with an error of at most the tolerance.
  CHECK(coarse < 0.1);
  CHECK(fine < 1e-3);
  // The method is of second order: without kinks the error is proportional to tolerance^(2/3), a factor of 1/21
  // here. Steps across a kink have no order.
  CHECK(fine < coarse / 5);
}

TEST_CASE("without kinks the flow ends where gradient descent with tiny steps ends") {
  test::TaskFixture fixture(2, 3, 5, 8, 0.1, "quadratic");
  fixture.training.handover_loss = 1e-12;
  fixture.training.steps = 10'000'000;
  fixture.training.momentum = 0;
  // Gradient descent is Euler's method: its error is proportional to the step, so two step sizes are extrapolated to 0.
  fixture.training.learning_rate = 2e-3;
  const network::Network<double> euler = fixture.run("gradient-descent", 100000).network;
  fixture.training.learning_rate = 1e-3;
  const network::Network<double> half = fixture.run("gradient-descent", 100000).network;
  const network::Network<double> limit{2 * half.inner - euler.inner, 2 * half.outer - euler.outer};
  const auto error = [&](double tolerance) {
    fixture.training.flow_tolerance = tolerance;
    const test::Ended flow = fixture.run("gradient-flow");
    CHECK_FALSE(flow.diverged);
    CHECK(flow.steps < 20000);
    return test::distance(flow.network, limit) / std::hypot(limit.inner.norm(), limit.outer.norm());
  };
  const double coarse = error(1e-3);
  const double fine = error(1e-5);
  CAPTURE(coarse, fine);
  CHECK(coarse < 1e-2);
  CHECK(fine < coarse / 5);
  CHECK(fine < 2e-4);
}

TEST_CASE("the flow needs fewer gradients than descent, and the polish makes it an interpolator") {
  test::TaskFixture fixture(3, 6, 60, 60, 0.0);
  fixture.training.handover_loss = 1e-8;
  fixture.training.momentum = 0;
  const test::Ended flow = fixture.run("gradient-flow");
  const test::Ended descent = fixture.run("gradient-descent");
  CHECK(2 * flow.steps < descent.steps);
  CHECK(fixture.relative_residual(flow.network) <= 1e-8);
}

TEST_CASE("a flow that overflows during fast growth continues with a smaller step") {
  const double size = GENERATE(1e8, 1e11, 1e20, 1e40);
  CAPTURE(size);
  test::TaskFixture fixture(1, 1, 1, 4, 0.1, "abs");
  fixture.example.labels.setConstant(size);
  const test::Ended flow = fixture.run("gradient-flow");
  CHECK_FALSE(flow.diverged);
  CHECK(fixture.relative_residual(flow.network) <= fixture.training.handover_loss);
}
