// SPDX-License-Identifier: MIT
/// `sgd`: gradient descent on minibatches from the small initialization, with momentum and a step
/// that is stable for the batch size. Without noise in the steps at an interpolator it converges
/// at a constant step size, down to the hand-over loss.
#include "../algorithms.hpp"
#include "descent.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid {

namespace {

void advance(const Task& task, AlgorithmState& state, std::int64_t budget) {
  Workspace<double> workspace(task.width);
  Minibatches batch(task);
  const auto gradient = [&](const AlgorithmState& at, Network<double>& result) {
    batch.select(at.step);
    return loss_and_gradient(task.activation, at.network, batch.inputs, batch.labels, workspace,
                             result);
  };
  descend(task, {.batch = batch.labels.size(), .hands_over = true, .gradient = gradient},
          end_of_budget(task, state, budget), state);
}

}  // namespace

Algorithm sgd_algorithm() {
  return {.name = "sgd",
          .trained = true,
          .start = start_small,
          .advance = advance,
          .samples_per_step = [](const TrainingSettings& training, Index n) {
            return static_cast<double>(batch_size(training, n));
          }};
}

}  // namespace flatgrid
