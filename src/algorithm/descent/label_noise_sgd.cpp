// SPDX-License-Identifier: MIT
/// `label-noise-sgd`: minibatch steps on labels that are moved by a fresh +delta or -delta each
/// time. The noise vanishes nowhere on the interpolators, and drives the network along them to
/// flatter ones: to first order it descends on L + (eta delta^2 / (4 B (1 - beta))) tr H (HaoChen,
/// Wei, Lee, Ma 2021 with B = 1; Damian, Ma, Lee 2021 for any batch size B and momentum beta). So
/// it runs for its share of training.steps however small the loss is, and comes down to the
/// hand-over loss by plain descent.

#include "../algorithms.hpp"
#include "descent.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

void advance(const Task& task, AlgorithmState& state, std::int64_t budget) {
  const std::int64_t end = end_of_budget(task, state, budget);
  Workspace<double> workspace(task.width);
  Minibatches batch(task);
  const auto gradient = [&](const AlgorithmState& at, Network<double>& result) {
    batch.select(at.step);
    Stream stream(task.seed, Purpose::label_perturbation, static_cast<std::uint64_t>(at.step));
    for (double& label : batch.labels) label += task.training.label_noise * stream.sign();
    return loss_and_gradient(task.activation, at.network, batch.inputs, batch.labels, workspace,
                             result);
  };
  descend_biased(task, batch.labels.size(), gradient, end, state);
}

}  // namespace

Algorithm label_noise_sgd_algorithm() {
  return {.name = "label-noise-sgd",
          .trained = true,
          .start = start_small,
          .advance = advance,
          .samples_per_step = [](const TrainingSettings& training, Index n) {
            return biased_samples_per_step(training, n, 1);
          }};
}

}  // namespace flatgrid
