// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/descent/step_size.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/reference.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;
using test::distance;

namespace {

constexpr auto k_no_limit = std::numeric_limits<std::int64_t>::max();

double trace(const Fixture& fixture, const network::Network<double>& network) {
  return measure::flatness_trace(
      measure::neuron_traces(*fixture.activation, network, fixture.task.inputs));
}

/// grad f(x_i) as a column for every sample, [m + m d, n].
MatrixD gradients(const Fixture& fixture, const network::Network<double>& network) {
  MatrixD columns(network.outer.size() + network.inner.size(), fixture.task.inputs.cols());
  for (Index i = 0; i < columns.cols(); ++i) {
    const auto gradient = network::reference::output_gradient(*fixture.activation, network,
                                                              fixture.task.inputs.col(i));
    columns.col(i).head(network.outer.size()) = gradient.outer;
    columns.col(i).tail(network.inner.size()) = gradient.inner.reshaped();
  }
  return columns;
}

}  // namespace

TEST_CASE("lambda_B bounds the second moment of batches drawn without replacement") {
  Fixture fixture(1, 3, 6, 4, 0.3);
  fixture.training.momentum = 0;
  const network::Network<double>& network = fixture.example.network;
  const MatrixD g = gradients(fixture, network);
  const MatrixD mean = g * g.transpose() / 6;  // E H_B
  network::Workspace<double> workspace(4);
  for (const Index size : {1, 2, 5, 6}) {
    // E H_B^2 over every batch of this size
    MatrixD second = MatrixD::Zero(g.rows(), g.rows());
    int batches = 0;
    for (unsigned members = 0; members < 64; ++members) {
      if (__builtin_popcount(members) != size) continue;
      MatrixD h = MatrixD::Zero(g.rows(), g.rows());
      for (Index i = 0; i < 6; ++i) {
        if (((members >> i) & 1U) != 0) {
          h += g.col(i) * g.col(i).transpose() / static_cast<double>(size);
        }
      }
      second += h * h;
      ++batches;
    }
    second /= batches;
    VectorD direction = VectorD::Ones(6);
    const double lambda =
        descent::BatchCurvature(fixture.task, size, 0)(network, workspace, 300, direction);
    const VectorD gap = symmetric_eigenvalues(lambda * mean - second);
    CAPTURE(size);
    CHECK(gap.minCoeff() > -1e-12 * second.norm());
  }
}

TEST_CASE("the automatic step is the chosen fraction of 2 / lambda") {
  Fixture fixture(2, 4, 30, 20, 0.0);
  fixture.training.initial_scale = 3;  // above the curvature that fitting the labels needs
  fixture.training.steps = 1;
  const network::Network<double> initial = descent::gaussian_network(2, 20, 4, 3);
  const MatrixD g = gradients(fixture, initial);
  const double curvature = symmetric_eigenvalues(g.transpose() * g / 30).maxCoeff();
  fixture.training.momentum = 0;
  auto gradient = network::Network<double>::zero(20, 4);
  network::Workspace<double> workspace(20);
  network::loss_and_gradient(*fixture.activation, initial, fixture.task.inputs, fixture.task.labels,
                             workspace, gradient);
  const double length = distance(gradient, network::Network<double>::zero(20, 4));
  for (const double fraction : {0.25, 0.5, 1.0}) {
    fixture.training.stability_fraction = fraction;
    // The first step is eta times the gradient.
    const double eta = distance(fixture.run("gradient-descent").network, initial) / length;
    // Twelve power iterations come within a few percent of lambda, from below.
    const double share = eta * curvature / (2 * fraction);
    CHECK(share >= 1 - 1e-12);
    CHECK(share < 1.05);
  }
}

TEST_CASE("sgd with a batch of all samples is gradient descent, up to the order of summation") {
  Fixture fixture(3, 5, 60, 40, 0.2);
  fixture.training.batch = 1000;
  fixture.training.steps = 50;
  const test::Ended whole = fixture.run("gradient-descent", k_no_limit);
  const test::Ended batches = fixture.run("sgd", k_no_limit);
  CHECK(batches.steps == 50);
  CHECK(distance(whole.network, batches.network) < 1e-12);
}

TEST_CASE("an epoch of sgd uses every sample once") {
  // From a point that hardly moves, the steps of an epoch add up to one of the whole gradient.
  Fixture fixture(3, 5, 60, 40, 0.2);
  fixture.training.learning_rate = 1e-9;
  fixture.training.momentum = 0;
  fixture.training.initial_scale = 1;
  fixture.training.batch = GENERATE(1, 20);
  fixture.training.steps = 60 / fixture.training.batch;
  const network::Network<double> initial = descent::gaussian_network(3, 40, 5, 1);
  const test::Ended state = fixture.run("sgd", k_no_limit);
  auto gradient = network::Network<double>::zero(40, 5);
  network::Workspace<double> workspace(40);
  network::loss_and_gradient(*fixture.activation, initial, fixture.task.inputs, fixture.task.labels,
                             workspace, gradient);
  const double rate = 1e-9 * static_cast<double>(fixture.training.steps);
  const network::Network<double> moved{(initial.inner - state.network.inner) / rate,
                                       (initial.outer - state.network.outer) / rate};
  // Rounding: 1e-16 / 1e-9 relative to parameters of size 1.
  CHECK(distance(moved, gradient) < 1e-5);
}

TEST_CASE("a step of sam follows the gradient at a distance rho uphill") {
  const Index batch = GENERATE(1, 30);
  Fixture fixture(4, 5, batch, 12, 0.2);
  fixture.training = {.steps = 2,
                      .learning_rate = 0.01,
                      .initial_scale = 1,
                      .batch = batch,
                      .momentum = 0,
                      .sam_radius = 0.3};
  const auto sam = fixture.start("sam");
  const network::Network<double> before = *sam->network();
  sam->advance(1);

  network::Workspace<double> workspace(12);
  auto gradient = network::Network<double>::zero(12, 5);
  const auto gradient_at = [&](const network::Network<double>& network) {
    network::loss_and_gradient(*fixture.activation, network, fixture.task.inputs,
                               fixture.task.labels, workspace, gradient);
  };
  gradient_at(before);
  const double scale = 0.3 / distance(gradient, network::Network<double>::zero(12, 5));
  gradient_at({before.inner + scale * gradient.inner, before.outer + scale * gradient.outer});
  const network::Network<double> expected{before.inner - 0.01 * gradient.inner,
                                          before.outer - 0.01 * gradient.outer};
  CHECK(distance(*sam->network(), expected) < 1e-14);
}

TEST_CASE("without label noise, label-noise-sgd begins with the steps of sgd") {
  Fixture fixture(5, 5, 60, 40, 0.2);
  fixture.training.label_noise = 0;
  fixture.training.steps = 40;
  const auto noisy = fixture.start("label-noise-sgd");
  const auto plain = fixture.start("sgd");
  noisy->advance(30);
  plain->advance(30);
  CHECK(noisy->network()->inner == plain->network()->inner);
  CHECK(noisy->network()->outer == plain->network()->outer);
}

TEST_CASE("training with label noise makes the network flatter with time") {
  // HaoChen et al. 2021, Damian et al. 2021: the trace falls as long as the noise lasts.
  for (const std::int64_t seed : {6, 7}) {
    Fixture fixture(seed, 8, 80, 60, 0.0);
    fixture.training.handover_loss = 1e-4;
    double previous = trace(fixture, fixture.run("sgd", k_no_limit).network);
    for (const std::int64_t steps : {2000, 40000}) {
      CAPTURE(seed, steps);
      fixture.training.steps = steps;
      const test::Ended state = fixture.run("label-noise-sgd", k_no_limit);
      CHECK(fixture.relative_residual(state.network) <= fixture.training.handover_loss);
      const double now = trace(fixture, state.network);
      CHECK(now < previous);
      previous = now;
    }
  }
}
