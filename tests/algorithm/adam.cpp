// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/descent/adam.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;
using test::distance;

namespace {

/// The parameters of a network after every step of torch.optim.Adam: W row by row, then a.
struct AdamReference {
  Index batch;  ///< step t uses the samples t B, ..., t B + B - 1 modulo n
  double rate;
  double decay;
  double parameters[30][9];
};

#include "reference/adam.inc"

network::Network<double> network_of(const double* parameters) {
  auto network = network::Network<double>::zero(k_width, k_dimension);
  for (Index j = 0; j < k_width; ++j) {
    for (Index k = 0; k < k_dimension; ++k) network.inner(j, k) = *parameters++;
  }
  for (double& weight : network.outer) weight = *parameters++;
  return network;
}

/// Adam on L + lambda/2 ||theta||^2.
class PlainAdam {
 public:
  PlainAdam(const network::Activation<double>& activation, network::Network<double> initial,
            double rate, double decay)
      : network(std::move(initial)),
        activation_(activation),
        rate_(rate),
        decay_(decay),
        workspace_(network.width()),
        gradient_(network::Network<double>::zero(network.width(), network.dimension())),
        moments_{gradient_, gradient_} {}

  void step(const MatrixD& inputs, const VectorD& labels) {
    network::loss_and_gradient(activation_, network, inputs, labels, workspace_, gradient_);
    gradient_.inner += decay_ * network.inner;
    gradient_.outer += decay_ * network.outer;
    descent::adam_step(++steps_, rate_, gradient_, moments_, network);
  }

  network::Network<double> network;

 private:
  const network::Activation<double>& activation_;
  double rate_;
  double decay_;
  std::int64_t steps_ = 0;
  network::Workspace<double> workspace_;
  network::Network<double> gradient_;
  descent::AdamMoments moments_;
};

}  // namespace

TEST_CASE("adam takes the steps of PyTorch, with weight decay and without, to rounding") {
  const auto activation = test::activation("relu");
  const MatrixD inputs = Eigen::Map<const MatrixD>(k_inputs, k_dimension, k_samples);
  const VectorD labels = Eigen::Map<const VectorD>(k_labels, k_samples);
  for (const AdamReference& reference : k_references) {
    CAPTURE(reference.batch, reference.decay);
    PlainAdam adam(*activation, network_of(k_initial), reference.rate, reference.decay);
    MatrixD batch(k_dimension, reference.batch);
    VectorD of_batch(reference.batch);
    for (Index step = 0; step < k_steps; ++step) {
      for (Index i = 0; i < reference.batch; ++i) {
        const Index sample = (step * reference.batch + i) % k_samples;
        batch.col(i) = inputs.col(sample);
        of_batch(i) = labels(sample);
      }
      adam.step(batch, of_batch);
      // Rounding of parameters of size 1 in up to 30 steps; the largest distance seen is 5e-16.
      CHECK(distance(adam.network, network_of(reference.parameters[step])) < 1e-14);
    }
  }
}

TEST_CASE("a run of adam consists of these steps, by default of size 0.001") {
  const Index batch = GENERATE(1, 30);
  const double decay = GENERATE(0.0, 0.2);
  CAPTURE(batch, decay);
  Fixture fixture(4, 5, batch, 12, 0.2);
  fixture.training.steps = 50;
  fixture.training.initial_scale = 1;
  fixture.training.batch = batch;
  fixture.training.polish = false;
  fixture.training.weight_decay = decay;
  PlainAdam adam(*fixture.activation, descent::gaussian_network(4, 12, 5, 1), 0.001, decay);
  const auto run = fixture.start("adam");
  for (int step = 0; step < 50; ++step) {
    adam.step(fixture.task.inputs, fixture.task.labels);
    run->advance(1);
    // The orders of summation in a batch differ.
    REQUIRE(distance(*run->network(), adam.network) < 1e-12);
  }
  CHECK(run->finished());
}

TEST_CASE("the gradient flow takes over from adam, and the polish makes it an interpolator") {
  Fixture fixture(5, 5, 24, 60, 0);
  fixture.training.steps = 40000;
  // Steps of 1e-6 move the parameters by 0.03 at most before the flow takes over.
  const double rate = GENERATE(1e-3, 1e-6);
  const double decay = GENERATE(0.0, 1e-4);
  CAPTURE(rate, decay);
  fixture.training.learning_rate = rate;
  fixture.training.weight_decay = decay;
  const test::Ended ended = fixture.run("adam");
  CHECK_FALSE(ended.diverged);
  CHECK(fixture.relative_residual(ended.network) <= fixture.training.handover_loss);
  CHECK(ended.steps < 40000);
  CHECK(ended.steps > 30000);
  polish::Polish polish(fixture.task, ended.network);
  polish.advance(1000);
  CHECK(polish.state().interpolates);
}
