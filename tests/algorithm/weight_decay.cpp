// SPDX-License-Identifier: MIT
// Descent and flow of L + lambda/2 ||theta||^2.
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/network/reference.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;
using test::distance;
using test::k_no_limit;

namespace {

const std::vector<std::string> k_descents = {"gradient-descent", "sgd", "label-noise-sgd", "sam",
                                             "adam"};
const std::vector<std::string> k_flows = {"gradient-flow", "lazy", "corrupted"};

std::vector<std::string> all_of_them() {
  std::vector<std::string> algorithms = k_descents;
  algorithms.insert(algorithms.end(), k_flows.begin(), k_flows.end());
  return algorithms;
}

double squared_norm(const network::Network<double>& network) {
  return network.inner.squaredNorm() + network.outer.squaredNorm();
}

/// L + lambda/2 ||theta||^2
double decaying_loss(const Fixture& fixture, const network::Network<double>& network,
                     double decay) {
  return network::reference::train_loss(*fixture.activation, network, fixture.task.inputs,
                                        fixture.task.labels) +
         decay / 2 * squared_norm(network);
}

/// The gradient of `decaying_loss` by central differences.
network::Network<double> difference_gradient(const Fixture& fixture,
                                             network::Network<double> network, double decay) {
  auto gradient = network::Network<double>::zero(network.width(), network.dimension());
  const auto difference = [&](double& parameter) {
    const double step = 1e-5;
    const double saved = parameter;
    parameter = saved + step;
    const double above = decaying_loss(fixture, network, decay);
    parameter = saved - step;
    const double below = decaying_loss(fixture, network, decay);
    parameter = saved;
    return (above - below) / (2 * step);
  };
  for (Index j = 0; j < network.width(); ++j) {
    gradient.outer(j) = difference(network.outer(j));
    for (Index k = 0; k < network.dimension(); ++k) {
      gradient.inner(j, k) = difference(network.inner(j, k));
    }
  }
  return gradient;
}

}  // namespace

TEST_CASE("a step with weight decay follows the gradient of L + lambda/2 ||theta||^2") {
  for (const std::string& algorithm : k_descents) {
    if (algorithm == "adam") continue;  // adam.cpp compares it with PyTorch
    for (const Index samples : {1, 20}) {
      for (const double momentum : {0.0, 0.5}) {
        CAPTURE(algorithm, samples, momentum);
        Fixture fixture(1, 4, samples, 6, 0.2, "relu3");
        fixture.training.steps = 2;
        fixture.training.learning_rate = 1e-3;
        fixture.training.initial_scale = 1;
        fixture.training.batch = samples;
        fixture.training.momentum = momentum;
        fixture.training.label_noise = 0;
        fixture.training.sam_radius = 0;
        fixture.training.polish = false;
        fixture.training.weight_decay = 0.7;
        const auto run = fixture.start(algorithm);
        network::Network<double> at = *run->network();
        auto velocity = network::Network<double>::zero(6, 4);
        for (int step = 0; step < 2; ++step) {
          const auto gradient = difference_gradient(fixture, at, 0.7);
          velocity.inner = momentum * velocity.inner - 1e-3 * gradient.inner;
          velocity.outer = momentum * velocity.outer - 1e-3 * gradient.outer;
          at.inner += velocity.inner;
          at.outer += velocity.outer;
          run->advance(1);
        }
        // The error is the step times the error of a difference: 1e-10 times derivatives of at most some hundred.
        CHECK(distance(*run->network(), at) < 1e-9);
      }
    }
  }
}

TEST_CASE("with weight decay one-dimensional training ends at the soft threshold") {
  // f = sum_j a_j |w_j| |x|. At the minimum of L + lambda/2 ||theta||^2 all |a_j| = |w_j|. With
  // c = sum_j a_j |w_j|, p = mean |x|^2 and q = mean |x| y, c is then the minimum of
  //   p c^2 / 2 - q c + lambda |c|:     c = sign(q) max(|q| - lambda, 0) / p.
  for (const double decay : {0.02, 0.3, 50.0}) {
    for (const std::string algorithm : {"gradient-descent", "sgd", "adam", "gradient-flow"}) {
      CAPTURE(decay, algorithm);
      Fixture fixture(2, 1, 9, 6, 0.3, "abs");
      fixture.training.steps = 40000;
      fixture.training.initial_scale = 1;
      fixture.training.batch = 100;
      fixture.training.polish = false;
      fixture.training.weight_decay = decay;
      const VectorD x = fixture.task.inputs.row(0).transpose().cwiseAbs();
      const double p = x.squaredNorm() / 9;
      const double q = x.dot(fixture.task.labels) / 9;
      const double c = std::copysign(std::max(std::abs(q) - decay, 0.0) / p, q);
      const test::Ended ended = fixture.run(algorithm);
      const double found = ended.network.outer.dot(ended.network.inner.col(0).cwiseAbs());
      // The flow ends when the gradient is 1e-3 of lambda ||theta||; the steps of adam have a length of 1e-3.
      const double tolerance =
          algorithm == "gradient-flow" || algorithm == "adam" ? 5e-3 * (1 + decay) : 1e-9;
      CHECK(found == Approx(c).margin(tolerance));
      if (algorithm == "gradient-flow") CHECK(ended.steps < 40000);
    }
  }
}

TEST_CASE("where the flow with weight decay ends, every neuron has ||w||^2 = k a^2") {
  // By Euler's formula w . dL/dw = k a dL/da, the gradient g of L + lambda/2 ||theta||^2 satisfies
  //   lambda (||w||^2 - k a^2) = w . g_w - k a g_a,
  // and the flow ends when ||g|| <= tolerance lambda ||theta||.
  for (const std::string name : {"relu", "quadratic", "relu3"}) {
    CAPTURE(name);
    Fixture fixture(2, 3, 12, 8, 0.2, name);
    fixture.training.initial_scale = 0.5;
    fixture.training.polish = false;
    fixture.training.weight_decay = 0.05;
    const test::Ended ended = fixture.run("gradient-flow");
    REQUIRE(ended.steps < fixture.training.steps);
    const double k = fixture.activation->degree();
    const VectorD imbalance =
        ended.network.inner.rowwise().squaredNorm() - k * ended.network.outer.cwiseAbs2();
    CHECK(squared_norm(ended.network) > 0.01);
    CHECK(imbalance.cwiseAbs().sum() <=
          k * fixture.training.flow_tolerance * squared_norm(ended.network) * (1 + 1e-9));
  }
}

TEST_CASE("a weight decay of 0 is the same as auto, bit by bit, but for mean-field-langevin") {
  for (const std::string& algorithm : all_of_them()) {
    CAPTURE(algorithm);
    Fixture fixture(3, 4, 30, 20, 0.2);
    fixture.training.steps = 300;
    fixture.training.batch = 7;
    const test::Ended by_itself = fixture.run(algorithm);
    fixture.training.weight_decay = 0;
    const test::Ended set = fixture.run(algorithm);
    CHECK(set.steps == by_itself.steps);
    CHECK(distance(set.network, by_itself.network) == 0);
  }
  Fixture fixture(3, 4, 30, 20, 0.2);
  fixture.training.steps = 300;
  const network::Network<double> by_itself = fixture.run("mean-field-langevin").network;
  fixture.training.weight_decay = 1e-3;
  CHECK(distance(fixture.run("mean-field-langevin").network, by_itself) == 0);
}

TEST_CASE("with a polish, training with weight decay ends at the hand-over loss all the same") {
  for (const std::string& algorithm : all_of_them()) {
    CAPTURE(algorithm);
    Fixture fixture(4, 5, 24, 60, 0);
    fixture.training.steps = algorithm == "corrupted" ? 200000 : 40000;  // with random labels
    fixture.training.weight_decay = 1e-4;
    fixture.training.handover_loss = 1e-6;
    const auto run = fixture.start(algorithm);
    const test::Ended ended = test::finish(*run);
    CHECK_FALSE(ended.diverged);
    CHECK(ended.steps < fixture.training.steps);
    const Task& task = *run->polish_task();
    network::Workspace<double> workspace(60);
    VectorD outputs;
    network::predict(*fixture.activation, ended.network, task.inputs, workspace, outputs);
    CHECK((outputs - task.labels).squaredNorm() <= 1e-6 * task.labels.squaredNorm());
  }
}

TEST_CASE("without a polish weight decay ends with a smaller network, whose loss is not 0") {
  for (const std::string& algorithm : all_of_them()) {
    CAPTURE(algorithm);
    Fixture fixture(5, 5, 30, 60, 0.2);
    fixture.training.steps = 20000;
    fixture.training.polish = false;
    const network::Network<double> plain = fixture.run(algorithm).network;
    fixture.training.weight_decay = 0.02;
    const network::Network<double> small = fixture.run(algorithm).network;
    CHECK(squared_norm(small) < 0.9 * squared_norm(plain));
    if (algorithm == "corrupted") continue;  // `corrupted` also descends on other samples
    CHECK(fixture.relative_residual(small) > 1e-4);
    CHECK(decaying_loss(fixture, small, 0.02) < decaying_loss(fixture, plain, 0.02));
  }
}

TEST_CASE("an interrupted run with weight decay takes the steps of an uninterrupted one") {
  const bool polish = GENERATE(true, false);
  const std::string batches = GENERATE("epochs", "whole-epochs", "draws");
  for (const std::string& algorithm : all_of_them()) {
    CAPTURE(algorithm, polish, batches);
    Fixture fixture(6, 4, 17, 20, 0.2);
    fixture.training.steps = 400;
    fixture.training.batch = 5;
    fixture.training.batches = batches;
    fixture.training.polish = polish;
    fixture.training.weight_decay = 0.05;
    const test::Ended whole = fixture.run(algorithm, k_no_limit);
    std::string saved = fixture.start(algorithm)->save();
    for (bool finished = false; !finished;) {
      const auto run = fixture.start(algorithm);
      run->load(saved);
      run->advance(7);
      saved = run->save();
      finished = run->finished();
      if (!finished) continue;
      CHECK(run->steps() == whole.steps);
      CHECK(distance(*run->network(), whole.network) == 0);
    }
  }
}
