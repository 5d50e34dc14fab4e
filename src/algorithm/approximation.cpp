// SPDX-License-Identifier: MIT
/// `approximation`: the width-m network of least population loss that descent finds, an upper bound
/// on the *approximation error* of the target by networks of this width (Claim 2). It never looks
/// at the samples and so does not interpolate; what it is recorded for is its population loss.
///
/// Accelerated gradient descent (Nesterov 1983) on the population loss itself, with its exact
/// gradient where the loss is exact and on the test set otherwise, backtracking on the step size
/// and restarting the momentum whenever the loss would rise (O'Donoghue & Candes 2015). It ends
/// where a while of it gains hardly anything, or at a negligible loss: the target is a network
/// then.
#include <algorithm>
#include <cmath>

#include "algorithms.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

/// Ends when so many steps gained less than this share of the loss.
constexpr std::int64_t k_window = 50;
constexpr double k_least_gain = 0.01;
/// A loss of this share of the target's second moment is none.
constexpr double k_negligible = 1e-9;
constexpr std::int64_t k_steps_at_once = 4;
/// Step sizes grow by this factor until the first that fails.
constexpr double k_growth = 1.1;
/// Below this step size the loss is at its rounding error.
constexpr double k_least_step = 1e-12;
/// Share of a neuron's initial direction outside the index subspace. Neurons there act on the
/// target as smoothed activations, which a smooth link is better approximated by.
constexpr double k_outside = 0.3;

/// Balanced neurons of small output: the first along +-u_s, the others in random directions that
/// lie mostly in the index subspace.
Network<double> initial_network(const Task& task) {
  const MatrixD& directions = task.target.directions;
  const Index indices = directions.rows();
  const Index dimension = directions.cols();
  auto network = Network<double>::zero(task.width, dimension);
  const double size = 1 / std::sqrt(static_cast<double>(task.width));
  for (Index j = 0; j < task.width; ++j) {
    Stream stream(task.seed, Purpose::approximation, static_cast<std::uint64_t>(j));
    VectorD along(indices);
    VectorD outside(dimension);
    fill_normal(stream, along);
    fill_normal(stream, outside);
    VectorD direction =
        directions.transpose() * along +
        k_outside * along.norm() / std::sqrt(static_cast<double>(dimension)) * outside;
    if (j < 2 * indices) direction = (j % 2 == 0 ? 1.0 : -1.0) * directions.row(j / 2).transpose();
    network.inner.row(j) = size / direction.norm() * direction.transpose();
    network.outer(j) = size * (j < 2 * indices ? task.target.coefficients(j / 2) : stream.sign());
  }
  return network;
}

void start(const Task& task, AlgorithmState& state) {
  state.network = initial_network(task);
  state.velocity = Network<double>::zero(task.width, task.inputs.rows());
  state.learning_rate = 0.1;
  auto gradient = state.velocity;
  state.loss = task.population_loss.with_gradient(state.network, gradient);
  state.window_loss = state.loss;
}

void advance(const Task& task, AlgorithmState& state, std::int64_t budget) {
  auto gradient = Network<double>::zero(task.width, task.inputs.rows());
  auto unused = gradient;
  const double negligible = k_negligible * task.population_loss.target_second_moment();
  // A step costs far more than one on the samples: a few at a time.
  for (budget = std::min(budget, k_steps_at_once); budget > 0 && !state.finished; --budget) {
    // Extrapolate: y = theta + (k - 1) / (k + 2) (theta - theta_previous)
    const auto age = static_cast<double>(state.momentum_age);
    const double momentum = age / (age + 3);
    const Network<double> ahead{state.network.inner + momentum * state.velocity.inner,
                                state.network.outer + momentum * state.velocity.outer};
    const double ahead_loss = task.population_loss.with_gradient(ahead, gradient);
    const double slope = gradient.inner.squaredNorm() + gradient.outer.squaredNorm();
    // theta = y - eta grad, eta halved until L(theta) <= L(y) - eta/2 ||grad||^2
    Network<double> next;
    double next_loss = state.loss;
    for (state.learning_rate *= k_growth; state.learning_rate > k_least_step;
         state.learning_rate /= 2) {
      next.inner = ahead.inner - state.learning_rate * gradient.inner;
      next.outer = ahead.outer - state.learning_rate * gradient.outer;
      next_loss = task.population_loss.with_gradient(next, unused);
      if (next_loss <= ahead_loss - state.learning_rate / 2 * slope) break;
    }
    if (state.learning_rate > k_least_step && next_loss < state.loss) {
      state.velocity.inner = next.inner - state.network.inner;
      state.velocity.outer = next.outer - state.network.outer;
      state.network = next;
      state.loss = next_loss;
      ++state.momentum_age;
    } else {
      // Without momentum a step that does not descend is the end.
      state.finished = state.momentum_age == 0 || state.learning_rate <= k_least_step;
      state.momentum_age = 0;
    }
    ++state.step;
    if (state.step % k_window == 0) {
      if (state.loss > (1 - k_least_gain) * state.window_loss) state.finished = true;
      state.window_loss = state.loss;
    }
    if (state.loss <= negligible || state.step >= task.training.steps) state.finished = true;
  }
}

}  // namespace

Algorithm approximation_algorithm() {
  return {.name = "approximation",
          .trained = false,
          .start = start,
          .advance = advance,
          .obstacle = "the algorithm fits the target, not the labels"};
}

}  // namespace flatgrid
