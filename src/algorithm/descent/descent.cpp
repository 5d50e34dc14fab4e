// SPDX-License-Identifier: MIT
#include "descent.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/algorithm/descent/step_size.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

/// Power iterations for lambda_max at step 0 and afterwards, and the steps between two of these.
constexpr int k_first_power_iterations = 12;
constexpr int k_power_iterations = 3;
constexpr std::int64_t k_curvature_interval = 256;

/// At steps 0, 1, 2, 4, 8, ... and then at every multiple of the interval: a function of the step
/// alone, so that a run cut in pieces takes the same steps.
bool curvature_due(std::int64_t step) {
  return step % k_curvature_interval == 0 ||
         (step < k_curvature_interval && (step & (step - 1)) == 0);
}

}  // namespace

void start_descent(const Task& task, AlgorithmState& state, Network<double> network) {
  state.network = std::move(network);
  state.velocity = Network<double>::zero(task.width, task.inputs.rows());
  state.curvature_direction = VectorD::Ones(task.labels.size());
  if (task.training.learning_rate) state.learning_rate = *task.training.learning_rate;
}

void start_small(const Task& task, AlgorithmState& state) {
  start_descent(
      task, state,
      gaussian_network(task.seed, task.width, task.inputs.rows(), task.training.initial_scale));
}

void descend(const Task& task, const Descent& descent, std::int64_t last_step,
             AlgorithmState& state) {
  if (state.step >= last_step) return;
  const TrainingSettings& training = task.training;
  Workspace<double> workspace(task.width);
  auto gradient = Network<double>::zero(task.width, task.inputs.rows());
  const double handover_loss = training.handover_loss * task.labels.squaredNorm() /
                               (2.0 * static_cast<double>(task.labels.size()));
  const std::int64_t epoch = task.labels.size() / descent.batch;
  const BatchCurvature curvature_of(task, descent.batch);

  while (state.step < last_step && !state.finished && !state.diverged) {
    if (!training.learning_rate && curvature_due(state.step)) {
      // eta = fraction 2 / lambda
      const int iterations = state.step == 0 ? k_first_power_iterations : k_power_iterations;
      double curvature =
          curvature_of(state.network, workspace, iterations, state.curvature_direction);
      if (descent.added_curvature) curvature += descent.added_curvature(state);
      state.learning_rate = 2 * training.stability_fraction / curvature;
    }
    state.loss = descent.gradient(state, gradient);
    if (state.step % epoch == 0) state.epoch_loss = 0;
    state.epoch_loss += state.loss / static_cast<double>(epoch);
    const bool epoch_ends = state.step % epoch == epoch - 1;
    if (!std::isfinite(state.loss)) {
      state.diverged = true;
    } else if (descent.hands_over && epoch_ends && state.epoch_loss <= handover_loss) {
      state.finished = true;
    } else {
      // v = beta v - eta grad L;  theta += v
      state.velocity.inner =
          training.momentum * state.velocity.inner - state.learning_rate * gradient.inner;
      state.velocity.outer =
          training.momentum * state.velocity.outer - state.learning_rate * gradient.outer;
      state.network.inner += state.velocity.inner;
      state.network.outer += state.velocity.outer;
      state.finished = ++state.step >= training.steps;
    }
  }
}

void descend_full_batch(const Task& task, std::int64_t last_step, AlgorithmState& state) {
  Workspace<double> workspace(task.width);
  const auto gradient = [&](const AlgorithmState& at, Network<double>& result) {
    return loss_and_gradient(task.activation, at.network, task.inputs, task.labels, workspace,
                             result);
  };
  descend(task, {.batch = task.labels.size(), .hands_over = true, .gradient = gradient}, last_step,
          state);
}

std::int64_t end_of_budget(const Task& task, const AlgorithmState& state, std::int64_t budget) {
  return state.step + std::min(budget, task.training.steps - state.step);
}

std::int64_t biased_steps(const TrainingSettings& training) {
  return static_cast<std::int64_t>(k_biased_share * static_cast<double>(training.steps));
}

void descend_biased(const Task& task, Index batch,
                    const std::function<double(const AlgorithmState&, Network<double>&)>& gradient,
                    std::int64_t last_step, AlgorithmState& state) {
  descend(task, {.batch = batch, .hands_over = false, .gradient = gradient},
          std::min(last_step, biased_steps(task.training)), state);
  descend_full_batch(task, last_step, state);
}

double biased_samples_per_step(const TrainingSettings& training, Index samples, int passes) {
  return passes * k_biased_share * static_cast<double>(batch_size(training, samples)) +
         (1 - k_biased_share) * static_cast<double>(samples);
}

Index batch_size(const TrainingSettings& training, Index samples) {
  return std::min<Index>(training.batch, samples);
}

Minibatches::Minibatches(const Task& task)
    : inputs(task.inputs.rows(), batch_size(task.training, task.labels.size())),
      labels(inputs.cols()),
      task_(task),
      order_(static_cast<std::size_t>(task.labels.size())) {}

void Minibatches::select(std::int64_t step) {
  const std::int64_t steps_per_epoch = task_.labels.size() / labels.size();
  if (epoch_ != step / steps_per_epoch) {
    epoch_ = step / steps_per_epoch;
    // Fisher-Yates
    std::iota(order_.begin(), order_.end(), Index{0});
    Stream stream(task_.seed, Purpose::minibatch, static_cast<std::uint64_t>(epoch_));
    for (std::size_t left = order_.size(); left > 1; --left) {
      const auto pick = static_cast<std::size_t>(stream.uniform() * static_cast<double>(left));
      std::swap(order_[left - 1], order_[pick]);
    }
  }
  const auto first = static_cast<std::size_t>((step % steps_per_epoch) * labels.size());
  for (Index i = 0; i < labels.size(); ++i) {
    const Index sample = order_[first + static_cast<std::size_t>(i)];
    inputs.col(i) = task_.inputs.col(sample);
    labels(i) = task_.labels(sample);
  }
}

}  // namespace flatgrid
