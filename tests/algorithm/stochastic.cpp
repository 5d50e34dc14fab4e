// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <string>

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
using test::k_no_limit;

namespace {

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
        descent::BatchCurvature(fixture.task, {6, size}, 0)(network, workspace, 300, direction);
    const VectorD gap = symmetric_eigenvalues(lambda * mean - second);
    CAPTURE(size);
    CHECK(gap.minCoeff() > -1e-12 * second.norm());
  }
}

TEST_CASE("lambda_B bounds the second moment of batches drawn with replacement") {
  Fixture fixture(1, 3, 4, 4, 0.3);
  const network::Network<double>& network = fixture.example.network;
  const MatrixD g = gradients(fixture, network);
  const MatrixD mean = g * g.transpose() / 4;  // E H_B
  network::Workspace<double> workspace(4);
  for (const Index size : {1, 2, 4}) {
    // E H_B^2 over all 4^B batches
    const Index batches = Index{1} << (2 * size);
    MatrixD second = MatrixD::Zero(g.rows(), g.rows());
    for (Index number = 0; number < batches; ++number) {
      MatrixD h = MatrixD::Zero(g.rows(), g.rows());
      for (Index i = 0; i < size; ++i) {
        const auto column = g.col((number >> (2 * i)) & 3);
        h += column * column.transpose() / static_cast<double>(size);
      }
      second += h * h / static_cast<double>(batches);
    }
    VectorD direction = VectorD::Ones(4);
    const descent::Batching batching{.samples = 4, .size = size, .with_replacement = true};
    const double lambda =
        descent::BatchCurvature(fixture.task, batching, 0)(network, workspace, 300, direction);
    const VectorD gap = symmetric_eigenvalues(lambda * mean - second);
    CAPTURE(size);
    CHECK(gap.minCoeff() > -1e-12 * second.norm());
  }
}

TEST_CASE("lambda_B of epochs with a smaller last batch is the mean over their batches") {
  const Fixture fixture(1, 3, 7, 4, 0.3);
  network::Workspace<double> workspace(4);
  const auto lambda = [&](const descent::Batching& batching) {
    VectorD direction = VectorD::Ones(7);
    return descent::BatchCurvature(fixture.task, batching, 0.5)(fixture.example.network, workspace,
                                                                300, direction);
  };
  // An epoch of 7 samples has batches of 3, 3 and 1.
  CHECK(lambda({.samples = 7, .size = 3, .keeps_rest = true}) ==
        Approx((2 * lambda({7, 3}) + lambda({7, 1})) / 3).epsilon(1e-14));
  CHECK(lambda({.samples = 7, .size = 7, .keeps_rest = true}) == lambda({7, 7}));
}

TEST_CASE("the automatic step is the chosen fraction of 2 / lambda") {
  Fixture fixture(2, 4, 30, 20, 0.0);
  fixture.training.initial_scale = 3;  // the curvature exceeds that of a fit of the labels
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
  // With a tiny learning rate the network hardly moves, and the steps of an epoch add up to a step along the full
  // gradient.
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

namespace {

/// The gradient of a step of sgd with this learning rate, as a column like those of `gradients`.
VectorD followed(const network::Network<double>& before, const network::Network<double>& after,
                 double rate) {
  VectorD column(before.outer.size() + before.inner.size());
  column.head(before.outer.size()) = (before.outer - after.outer) / rate;
  column.tail(before.inner.size()) = (before.inner - after.inner).reshaped() / rate;
  return column;
}

}  // namespace

TEST_CASE("training.batches: which samples the steps of sgd use") {
  // Three samples in batches of two. With this learning rate the network hardly moves.
  constexpr double k_rate = 1e-9;
  Fixture fixture(3, 5, 3, 8, 0.2);
  fixture.training.learning_rate = k_rate;
  fixture.training.initial_scale = 1;
  fixture.training.batch = 2;
  fixture.training.steps = 3000;
  const network::Network<double> initial = descent::gaussian_network(3, 8, 5, 1);
  MatrixD of_sample = gradients(fixture, initial);
  for (Index i = 0; i < 3; ++i) {
    const double output =
        network::reference::output(*fixture.activation, initial, fixture.task.inputs.col(i));
    of_sample.col(i) *= output - fixture.task.labels(i);
  }
  /// The share of each sample in the batch of the next step: the step's gradient is a combination of the samples'
  /// gradients with these weights.
  const auto members = [&](Run& run) {
    const network::Network<double> before = *run.network();
    run.advance(1);
    const VectorD gradient = followed(before, *run.network(), k_rate);
    const VectorD weights = LeastSquares(of_sample).solve(gradient);
    // Rounding: 1e-16 / 1e-9 relative to parameters of size 1.
    CHECK((of_sample * weights - gradient).norm() < 1e-5 * gradient.norm());
    return weights;
  };
  const auto is_near = [](double a, double b) { return std::abs(a - b) < 1e-3; };
  SECTION("epochs: a step an epoch, the third sample is left") {
    fixture.training.batches = "epochs";
    const auto run = fixture.start("sgd");
    VectorD uses = VectorD::Zero(3);
    for (int epoch = 0; epoch < 300; ++epoch) {
      const VectorD weights = members(*run);
      CHECK(is_near(weights.maxCoeff(), 0.5));
      CHECK(is_near(weights.minCoeff(), 0));
      CHECK(is_near(weights.sum(), 1));
      uses += weights;
    }
    // Each sample is used in 200 of 300 epochs, within 5 standard deviations of 8.2.
    CHECK((2 * uses.array() - 200).abs().maxCoeff() < 41);
  }
  SECTION("whole-epochs: every sample once an epoch, the last in a batch of its own") {
    fixture.training.batches = "whole-epochs";
    const auto run = fixture.start("sgd");
    VectorD alone = VectorD::Zero(3);
    for (int epoch = 0; epoch < 300; ++epoch) {
      const VectorD pair = members(*run);
      const VectorD last = members(*run);
      CHECK(is_near(last.maxCoeff(), 1));
      CHECK(((2 * pair + last).array() - 1).abs().maxCoeff() < 1e-3);
      alone += last;
    }
    CHECK((alone.array() - 100).abs().maxCoeff() < 41);
  }
  SECTION("draws: every sample of a batch is any of the three") {
    fixture.training.batches = "draws";
    const auto run = fixture.start("sgd");
    VectorD uses = VectorD::Zero(3);
    int doubles = 0;
    for (int step = 0; step < 900; ++step) {
      const VectorD weights = members(*run);
      CHECK(is_near(weights.sum(), 1));
      CHECK((is_near(weights.maxCoeff(), 0.5) || is_near(weights.maxCoeff(), 1)));
      if (is_near(weights.maxCoeff(), 1)) ++doubles;
      uses += weights;
    }
    // Each sample has 600 of the 1800 draws, within 5 standard deviations of 20. A third of the 900 batches has one
    // sample twice, within 5 standard deviations of 14.
    CHECK((2 * uses.array() - 600).abs().maxCoeff() < 100);
    CHECK(std::abs(doubles - 300) < 71);
  }
}

TEST_CASE("where the batch divides the samples, whole-epochs has the bits of epochs") {
  Fixture fixture(5, 5, 60, 40, 0.2);
  fixture.training.steps = 200;
  for (const std::int64_t batch : {1, 20, 100}) {
    fixture.training.batch = batch;
    fixture.training.batches = "epochs";
    const test::Ended epochs = fixture.run("sgd", k_no_limit);
    fixture.training.batches = "whole-epochs";
    CHECK(distance(fixture.run("sgd", k_no_limit).network, epochs.network) == 0);
    fixture.training.batches = "draws";
    CHECK(distance(fixture.run("sgd", k_no_limit).network, epochs.network) > 0);
  }
}

TEST_CASE("stochastic algorithms interpolate with all kinds of batches") {
  for (const std::string batches : {"epochs", "whole-epochs", "draws"}) {
    for (const std::string algorithm : {"sgd", "sam", "label-noise-sgd", "adam"}) {
      CAPTURE(batches, algorithm);
      Fixture fixture(8, 5, 24, 60, 0);
      fixture.training.batch = 7;
      fixture.training.batches = batches;
      fixture.training.handover_loss = 1e-4;
      fixture.training.steps = 40000;
      const test::Ended ended = fixture.run(algorithm);
      CHECK(ended.steps < 40000);
      // The run stops by the mean loss over an epoch, which leaves out the samples that the epoch does not use.
      CHECK(fixture.relative_residual(ended.network) <= 1e-3);
    }
  }
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
