// SPDX-License-Identifier: MIT
/// `approximation`: the width-m network of least population loss that descent finds, an upper bound
/// on the *approximation error* of the target by networks of this width (Claim 2). It does not use
/// the samples and so does not interpolate; its figure of interest is the population loss.
///
/// Accelerated gradient descent (Nesterov 1983) on the population loss, with the exact gradient if the loss is
/// exact and on the test set otherwise, with backtracking on the step size and a restart of the momentum
/// whenever the loss would increase (O'Donoghue & Candes 2015). It ends when many steps gain little, or at a
/// negligible loss, when the target is a network.
#include <algorithm>
#include <cmath>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::algorithm {

namespace {

/// The run ends when this number of steps gains less than this share of the loss.
constexpr std::int64_t k_window = 50;
constexpr double k_least_gain = 0.01;
/// A loss of this share of the target's second moment counts as 0.
constexpr double k_negligible = 1e-9;
/// Step sizes are multiplied by this factor until a step fails.
constexpr double k_growth = 1.1;
/// Below this step size changes of the loss are rounding errors.
constexpr double k_least_step = 1e-12;
/// The number of steps for the predicted price; few runs take more.
constexpr std::int64_t k_usual_steps = 2000;
/// The share of a neuron's initial direction outside the index subspace. Such neurons act on the target as
/// smoothed activations, which approximate a smooth link better.
constexpr double k_outside = 0.3;

/// Balanced neurons of small output: the first along +-u_s, the others in random directions mostly in the index
/// subspace. Of these others the biases, if there are any, are as large as the preactivations.
network::Network<double> initial_network(const Task& task, const problem::IndexModel& target) {
  const MatrixD& directions = target.directions;
  const Index indices = directions.rows();
  const Index dimension = directions.cols();
  auto network = network::Network<double>::zero(task.width, task.dimension());
  const double size = 1 / std::sqrt(static_cast<double>(task.width));
  for (Index j = 0; j < task.width; ++j) {
    random::Stream stream(task.seed, random::Purpose::approximation, static_cast<std::uint64_t>(j));
    VectorD along(indices);
    VectorD outside(dimension);
    random::fill_normal(stream, along);
    random::fill_normal(stream, outside);
    VectorD direction =
        directions.transpose() * along +
        k_outside * along.norm() / std::sqrt(static_cast<double>(dimension)) * outside;
    if (j < 2 * indices) direction = (j % 2 == 0 ? 1.0 : -1.0) * directions.row(j / 2).transpose();
    network.inner.row(j).head(dimension) = size / direction.norm() * direction.transpose();
    network.outer(j) = size * (j < 2 * indices ? target.coefficients(j / 2) : stream.sign());
    if (task.dimension() > dimension && j >= 2 * indices)
      network.inner(j, dimension) = size * stream.normal();
  }
  return network;
}

struct State {
  network::Network<double> network;
  network::Network<double> velocity;  ///< the last step, [m, d] and [m]
  double step_size = 0.1;
  std::int64_t steps = 0;
  double loss = 0;                ///< population loss of the network
  double window_loss = 0;         ///< population loss at the start of the current window of steps
  std::int64_t momentum_age = 0;  ///< steps since the momentum was restarted
  bool started = false;
  bool finished = false;
};

template <class Archive>
void serialize(Archive& archive, State& state) {
  auto& [network, velocity, step_size, steps, loss, window_loss, momentum_age, started, finished] =
      state;
  archive(network, velocity, step_size, steps, loss, window_loss, momentum_age, started, finished);
}

class ApproximationRun final : public Run {
 public:
  ApproximationRun(const Task& task, const Truth& truth)
      : task_(task),
        truth_(truth),
        negligible_(k_negligible * truth.population_loss.target_second_moment()),
        gradient_(network::Network<double>::zero(task.width, task.dimension())),
        unused_(gradient_) {}

  void advance(std::int64_t budget) override {
    if (!state_.started) begin();
    for (; budget > 0 && !state_.finished; --budget) step();
  }
  [[nodiscard]] bool finished() const override { return state_.finished; }
  [[nodiscard]] std::int64_t steps() const override { return state_.steps; }
  [[nodiscard]] const network::Network<double>* network() const override {
    return state_.started ? &state_.network : nullptr;
  }
  [[nodiscard]] std::string save() const override { return bytes_of(state_); }
  void load(std::string_view bytes) override { state_ = from_bytes<State>(bytes); }

 private:
  void begin() {
    state_.network = initial_network(task_, truth_.target);
    state_.velocity = network::Network<double>::zero(task_.width, task_.dimension());
    state_.loss = truth_.population_loss.with_gradient(state_.network, gradient_);
    state_.window_loss = state_.loss;
    state_.started = true;
  }

  void step() {
    // Extrapolate: y = theta + (k - 1) / (k + 2) (theta - theta_previous)
    const auto age = static_cast<double>(state_.momentum_age);
    const double momentum = age / (age + 3);
    const network::Network<double> ahead{state_.network.inner + momentum * state_.velocity.inner,
                                         state_.network.outer + momentum * state_.velocity.outer};
    const double ahead_loss = truth_.population_loss.with_gradient(ahead, gradient_);
    const double slope = gradient_.inner.squaredNorm() + gradient_.outer.squaredNorm();
    // theta = y - eta grad, eta halved until L(theta) <= L(y) - eta/2 ||grad||^2
    network::Network<double> next;
    double next_loss = state_.loss;
    for (state_.step_size *= k_growth; state_.step_size > k_least_step; state_.step_size /= 2) {
      next.inner = ahead.inner - state_.step_size * gradient_.inner;
      next.outer = ahead.outer - state_.step_size * gradient_.outer;
      next_loss = truth_.population_loss.with_gradient(next, unused_);
      if (next_loss <= ahead_loss - state_.step_size / 2 * slope) break;
    }
    if (state_.step_size > k_least_step && next_loss < state_.loss) {
      state_.velocity.inner = next.inner - state_.network.inner;
      state_.velocity.outer = next.outer - state_.network.outer;
      state_.network = next;
      state_.loss = next_loss;
      ++state_.momentum_age;
    } else {
      // A step without momentum that does not descend ends the run.
      state_.finished = state_.momentum_age == 0 || state_.step_size <= k_least_step;
      state_.momentum_age = 0;
    }
    ++state_.steps;
    if (state_.steps % k_window == 0) {
      if (state_.loss > (1 - k_least_gain) * state_.window_loss) state_.finished = true;
      state_.window_loss = state_.loss;
    }
    if (state_.loss <= negligible_ || state_.steps >= task_.training.steps) state_.finished = true;
  }

  Task task_;
  Truth truth_;
  double negligible_;
  network::Network<double> gradient_, unused_;
  State state_;
};

std::unique_ptr<Run> start(const Task& task, const Truth& truth) {
  return std::make_unique<ApproximationRun>(task, truth);
}

Price price(const PointOutline& point) {
  const measure::PopulationLossPrice loss =
      measure::population_loss_price(point.problem, point.width);
  const auto parameters = static_cast<double>(point.width * (point.dimension() + 1));
  // Gradients at the extrapolated point and at one or two trial steps.
  constexpr double k_gradients = 2.5;
  return {.steps = static_cast<double>(std::min(point.training.steps, k_usual_steps)),
          .flops_per_step = k_gradients * 3 * loss.flops,
          .bytes = 8 * 8 * parameters};
}

constexpr std::string_view k_obstacle = "the algorithm fits the target, not the labels";

std::optional<std::string_view> doubt(const PointOutline&) { return k_obstacle; }

}  // namespace

Algorithm approximation_algorithm() {
  return {
      .name = "approximation",
      .start = start,
      .price = price,
      .obstacle = k_obstacle,
      .doubt = doubt,
      .description =
          "The network of least population loss found by accelerated gradient descent on the\n"
          "population loss: an upper bound on the approximation error. It does not use the\n"
          "samples and does not interpolate.",
      .source =
          "Nesterov 1983; O'Donoghue, Candes 2015, Adaptive restart for accelerated gradient\n"
          "schemes",
      .ending =
          "When 50 steps gain less than 1 % of the loss, when the loss is 1e-9 of the target's\n"
          "second moment, or after training.steps.",
      .keys = {"training.steps"},
      .needs_free_biases = "it moves the biases to where the target has its kinks"};
}

}  // namespace flatgrid::algorithm
