// SPDX-License-Identifier: MIT
/// `sam`: sharpness-aware minimization (Foret, Kleiner, Mobahi, Neyshabur 2021),
///   theta <- theta - eta grad L(theta + rho grad L / ||grad L||),
/// both gradients over the same minibatch; training.batch = n makes it full-batch. At a constant
/// radius it goes on moving at an interpolator, to flatter ones (the smaller the batch, the more so
/// towards a small trace: Wen, Ma, Li 2023). So it runs for its share of training.steps and comes
/// down to the hand-over loss by plain descent.
#include <cmath>

#include "../algorithms.hpp"
#include "descent.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid {

namespace {

void advance(const Task& task, AlgorithmState& state, std::int64_t budget) {
  const std::int64_t end = end_of_budget(task, state, budget);
  Workspace<double> workspace(task.width);
  Minibatches batch(task);
  auto uphill = Network<double>::zero(task.width, task.inputs.rows());
  const auto gradient = [&](const AlgorithmState& at, Network<double>& result) {
    batch.select(at.step);
    const double loss = loss_and_gradient(task.activation, at.network, batch.inputs, batch.labels,
                                          workspace, uphill);
    const double norm = std::sqrt(uphill.inner.squaredNorm() + uphill.outer.squaredNorm());
    // theta + rho grad L / ||grad L||
    const double scale = norm > 0 ? task.training.sam_radius / norm : 0;
    uphill.inner = at.network.inner + scale * uphill.inner;
    uphill.outer = at.network.outer + scale * uphill.outer;
    loss_and_gradient(task.activation, uphill, batch.inputs, batch.labels, workspace, result);
    return loss;
  };
  descend_biased(task, batch.labels.size(), gradient, end, state);
}

}  // namespace

Algorithm sam_algorithm() {
  return {.name = "sam",
          .trained = true,
          .start = start_small,
          .advance = advance,
          .samples_per_step = [](const TrainingSettings& training, Index n) {
            return biased_samples_per_step(training, n, 2);
          }};
}

}  // namespace flatgrid
