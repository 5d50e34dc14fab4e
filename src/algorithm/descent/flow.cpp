// SPDX-License-Identifier: MIT
#include "flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "flatgrid/algorithm/frozen_biases.hpp"
#include "flatgrid/base/serialization.hpp"

namespace flatgrid::descent {

namespace {

constexpr double k_damping = 2.0 / 13;
/// The largest number of stages of a step. With more stages the ends of steps, at which the flow may stop, would
/// be too rare.
constexpr int k_most_stages = 100;
/// The number of power iterations for rho at the start and later, and the number of accepted steps between two
/// of them.
constexpr int k_first_power_iterations = 20;
constexpr int k_power_iterations = 2;
constexpr std::int64_t k_steps_between = 5;
constexpr double k_more_curvature = 1.1;

}  // namespace

/// The coefficients of a step of s stages, by stage.
struct Flow::Stages {
  explicit Stages(int s);

  double first;  ///< b_1 w_1
  std::vector<double> mu, nu, mu_tilde, gamma_tilde;
};

Flow::Stages::Stages(int s) {
  const double w0 = 1 + k_damping / (s * s);
  // T_j, T_j', T_j'' at w_0 by their recurrences
  const auto size = static_cast<std::size_t>(s) + 1;
  std::vector<double> t(size), dt(size), ddt(size), b(size), a(size);
  t[0] = 1, t[1] = w0, dt[0] = 0, dt[1] = 1, ddt[0] = 0, ddt[1] = 0;
  for (std::size_t j = 2; j < size; ++j) {
    t[j] = 2 * w0 * t[j - 1] - t[j - 2];
    dt[j] = 2 * t[j - 1] + 2 * w0 * dt[j - 1] - dt[j - 2];
    ddt[j] = 4 * dt[j - 1] + 2 * w0 * ddt[j - 1] - ddt[j - 2];
    b[j] = ddt[j] / (dt[j] * dt[j]);
  }
  b[0] = b[1] = b[2];
  const double w1 = dt.back() / ddt.back();
  for (std::size_t j = 0; j < size; ++j) a[j] = 1 - b[j] * t[j];
  first = b[1] * w1;
  for (auto* coefficients : {&mu, &nu, &mu_tilde, &gamma_tilde}) coefficients->resize(size);
  for (std::size_t j = 2; j < size; ++j) {
    mu[j] = 2 * b[j] * w0 / b[j - 1];
    nu[j] = -b[j] / b[j - 2];
    mu_tilde[j] = 2 * b[j] * w1 / b[j - 1];
    gamma_tilde[j] = -a[j - 1] * mu_tilde[j];
  }
}

FlowState start_flow(const algorithm::Task& task, network::Network<double> network,
                     double weight_decay, std::int64_t evaluations) {
  FlowState state;
  state.network = std::move(network);
  state.gradient = state.stage = state.before = task.zero_network();
  state.curvature_direction = VectorD::Ones(task.samples());
  state.weight_decay = weight_decay;
  if (weight_decay > 0) state.reference = state.network;
  state.evaluations = evaluations;
  return state;
}

Flow::Flow(const algorithm::Task& task, FlowState state)
    : task_(task),
      workspace_(task.width),
      gradient_(task.zero_network()),
      handover_loss_(handover_loss(task)),
      state_(std::move(state)) {}

Flow::~Flow() = default;

void Flow::advance(std::int64_t end) {
  while (state_.evaluations < end && !state_.finished && !state_.diverged) evaluate();
}

const Flow::Stages& Flow::stages_of_step() {
  if (!stages_ || std::ssize(stages_->mu) != state_.stages + 1)
    stages_ = std::make_unique<Stages>(state_.stages);
  return *stages_;
}

double Flow::loss_at(const network::Network<double>& network) {
  const double loss = network::loss_and_gradient(task_.activation, network, task_.inputs,
                                                 task_.labels, workspace_, gradient_);
  if (state_.weight_decay > 0) add_weight_decay(state_.weight_decay, network, gradient_);
  algorithm::keep_frozen_biases(task_, gradient_);
  return loss;
}

void Flow::evaluate() {
  ++state_.evaluations;
  if (state_.stages == 0) {
    const double loss = loss_at(state_.network);
    // The first step moves the network by a fraction of the tolerance.
    const double size = network::norm(state_.network);
    const double slope = network::norm(gradient_);
    state_.step_size = slope > 0 ? 0.1 * task_.training.flow_tolerance * size / slope : 0;
    accept(loss);
  } else if (state_.next_stage > state_.stages) {
    end_step(loss_at(state_.stage));
  } else {
    const double loss = loss_at(state_.stage);
    const Stages& stages = stages_of_step();
    const auto j = static_cast<std::size_t>(state_.next_stage);
    const double h = state_.step_size;
    const auto next = [&](const auto& y, const auto& stage, auto& before, const auto& of_stage,
                          const auto& of_y) {
      // F = -gradient
      before = (1 - stages.mu[j] - stages.nu[j]) * y + stages.mu[j] * stage +
               stages.nu[j] * before - h * stages.mu_tilde[j] * of_stage -
               h * stages.gamma_tilde[j] * of_y;
    };
    network::for_each_layer(next, state_.network, state_.stage, state_.before, gradient_,
                            state_.gradient);
    // The sum of the same number with weights that add up to 1 has rounding errors.
    if (task_.has_frozen_biases())
      state_.before.inner.rightCols(1) = state_.network.inner.rightCols(1);
    std::swap(state_.stage, state_.before);
    ++state_.next_stage;
    if (!std::isfinite(loss)) end_step(loss);
  }
  state_.finished = state_.finished || state_.evaluations >= task_.training.steps;
}

void Flow::begin_step() {
  if (state_.curvature_stale || state_.accepted % k_steps_between == 0) {
    const int iterations = state_.accepted == 0 ? k_first_power_iterations : k_power_iterations;
    state_.curvature =
        k_more_curvature * top_tangent_curvature(task_, state_.network, workspace_, iterations,
                                                 state_.curvature_direction) +
        state_.weight_decay;
    state_.curvature_stale = false;
  }
  // s stages are stable up to h rho = 2/3 (s^2 - 1) (1 - 2/15 eps).
  constexpr double k_stable = 2.0 / 3 * (1 - 2.0 / 15 * k_damping);
  const auto reach = [&](int s) { return k_stable * (s * s - 1) / state_.curvature; };
  state_.step_size = std::min(state_.step_size, reach(k_most_stages));
  const double wanted = std::sqrt(1 + state_.step_size * state_.curvature / k_stable);
  state_.stages = std::clamp(static_cast<int>(std::ceil(wanted)), 2, k_most_stages);
  const Stages& stages = stages_of_step();
  state_.before = state_.network;
  network::for_each_layer([&](const auto& y, const auto& of_y,
                              auto& stage) { stage = y - stages.first * state_.step_size * of_y; },
                          state_.network, state_.gradient, state_.stage);
  state_.next_stage = 2;
}

double Flow::relative_error() const {
  const double h = state_.step_size;
  double sum = 0;
  double count = 0;
  for (Index j = 0; j < task_.width; ++j) {
    const auto inner = 0.8 * (state_.network.inner.row(j) - state_.stage.inner.row(j)) -
                       0.4 * h * (state_.gradient.inner.row(j) + gradient_.inner.row(j));
    const double outer = 0.8 * (state_.network.outer(j) - state_.stage.outer(j)) -
                         0.4 * h * (state_.gradient.outer(j) + gradient_.outer(j));
    const double size =
        std::max(state_.network.inner.row(j).squaredNorm() + std::pow(state_.network.outer(j), 2),
                 state_.stage.inner.row(j).squaredNorm() + std::pow(state_.stage.outer(j), 2));
    if (!(size > 0)) continue;
    sum += (inner.squaredNorm() + outer * outer) / size;
    ++count;
  }
  double error = count > 0 ? std::sqrt(sum / count) : 0;
  for (std::size_t l = 0; l < state_.network.linear.size(); ++l) {
    const MatrixD& before = state_.network.linear[l];
    const MatrixD& after = state_.stage.linear[l];
    const double of_layer =
        (0.8 * (before - after) - 0.4 * h * (state_.gradient.linear[l] + gradient_.linear[l]))
            .norm();
    const double size = std::max(before.norm(), after.norm());
    if (size > 0) error = std::max(error, of_layer / size);
  }
  return error / task_.training.flow_tolerance;
}

void Flow::end_step(double loss) {
  const double error = std::isfinite(loss) ? relative_error() : INFINITY;
  constexpr double k_least = 0.1;
  constexpr double k_most = 5;
  const double factor =
      std::isfinite(error) ? std::clamp(0.8 / std::cbrt(error), k_least, k_most) : k_least;
  if (error <= 1) state_.reference_age += state_.step_size;
  state_.step_size *= factor;
  if (error <= 1) {
    std::swap(state_.network, state_.stage);
    ++state_.accepted;
    accept(loss);
    return;
  }
  state_.curvature_stale = true;  // the curvature may have increased since the last estimate
  // A step that changes the network only by rounding cannot be shortened.
  const double size = network::norm(state_.network);
  const double slope = network::norm(state_.gradient);
  state_.diverged = !(state_.step_size * slope > std::numeric_limits<double>::epsilon() * size);
  if (!state_.diverged) begin_step();
}

bool Flow::has_settled() {
  if (state_.reference_age * state_.weight_decay < 1) return false;
  // ||theta(t) - theta(t - 1/lambda)|| <= tolerance ||theta(t)||
  network::Network<double> moved = state_.network;
  network::for_each_layer([](const auto& before, auto& change) { change -= before; },
                          state_.reference, moved);
  state_.reference = state_.network;
  state_.reference_age = 0;
  return network::norm(moved) <= task_.training.flow_tolerance * network::norm(state_.network);
}

void Flow::accept(double loss) {
  std::swap(state_.gradient, gradient_);
  if (!std::isfinite(loss)) {
    state_.diverged = true;
    return;
  }
  if (state_.weight_decay > 0) {
    if (!has_settled() && state_.evaluations < biased_steps(task_.training)) {
      begin_step();
      return;
    }
    if (!task_.training.polish) {
      state_.finished = true;
      return;
    }
    // The flow of L goes on, from grad L.
    add_weight_decay(-state_.weight_decay, state_.network, state_.gradient);
    algorithm::keep_frozen_biases(task_, state_.gradient);
    state_.weight_decay = 0;
    state_.curvature_stale = true;
  }
  if (loss <= handover_loss_) {
    state_.finished = true;
  } else {
    begin_step();
  }
}

std::string FlowRun::save() const { return bytes_of(flow_.state()); }
void FlowRun::load(std::string_view bytes) { flow_.load(from_bytes<FlowState>(bytes)); }

algorithm::Price flow_price(const algorithm::PointOutline& point) {
  algorithm::Price price = descent_price(point, static_cast<double>(point.samples));
  price.flops_per_step *= k_flow_passes;
  return price;
}

}  // namespace flatgrid::descent
