// SPDX-License-Identifier: MIT
/// `gradient-flow`: the ordinary differential equation
///   theta' = F(theta) = -grad L(theta)
/// from the small initialization, the rich regime, which is what theory means by gradient descent, down
/// to the hand-over loss. `lazy`: the same from a large, output-centred initialization, the kernel
/// regime (Chizat, Oyallon, Bach 2019).
///
/// Near the end the flow is stiff: its fastest direction has the rate rho = lambda_max of the Hessian,
/// its slowest, which decides how long it takes, a rate thousands of times smaller. Explicit Euler
/// steps, gradient descent, stay below 2 / rho whatever the accuracy. The Runge-Kutta-Chebyshev method
/// of second order (Sommeijer, Shampine, Verwer 1997, RKC) is explicit too, but s gradients carry it
/// 0.65 s^2 / rho far. A step h from y with F_0 = F(y) and the Chebyshev polynomials T_j:
///   w_0 = 1 + eps / s^2, eps = 2/13,     w_1 = T_s'(w_0) / T_s''(w_0),
///   b_j = T_j''(w_0) / T_j'(w_0)^2, b_0 = b_1 = b_2,     a_j = 1 - b_j T_j(w_0),
///   Y_1 = y + b_1 w_1 h F_0,
///   Y_j = (1 - mu_j - nu_j) y + mu_j Y_{j-1} + nu_j Y_{j-2} + 2 b_j/b_{j-1} w_1 h (F_{j-1} - a_{j-1} F_0),
///   mu_j = 2 b_j w_0 / b_{j-1},     nu_j = -b_j / b_{j-2},     j = 2..s,
/// and the next point is Y_s. Its error is estimated by
///   e = 4/5 (y - Y_s) + 2/5 h (F_0 + F(Y_s)),
/// in proportion to the size of each neuron, root mean square over the neurons, and kept below
/// training.flow-tolerance; the next step is 0.8 (tolerance / e)^{1/3} times as long. Kinks of the
/// activation are seen as error. rho is the top eigenvalue of the tangent kernel / n, by warm-started
/// power iterations, and a tenth more.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "descent.hpp"
#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/base/serialization.hpp"

namespace flatgrid {

namespace {

constexpr double k_damping = 2.0 / 13;
/// Stages of a step. More would make its end points, where the flow may be stopped, too rare.
constexpr int k_most_stages = 100;
/// Power iterations for rho at the start and afterwards, and the accepted steps between two of these.
constexpr int k_first_power_iterations = 20;
constexpr int k_power_iterations = 2;
constexpr std::int64_t k_steps_between = 5;
constexpr double k_more_curvature = 1.1;

/// The coefficients of a step of s stages, by stage.
struct Stages {
  explicit Stages(int s);

  double first;  ///< b_1 w_1
  std::vector<double> mu, nu, mu_tilde, gamma_tilde;
};

Stages::Stages(int s) {
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

struct FlowState {
  Network<double> network;   ///< y, the last accepted point
  Network<double> gradient;  ///< -F_0
  Network<double> stage;     ///< Y_{j-1}
  Network<double> before;    ///< Y_{j-2}
  VectorD curvature_direction;
  double step_size = 0;  ///< h
  double curvature = 0;  ///< rho
  int stages = 0;        ///< s; 0 before the first gradient
  int next_stage = 0;    ///< j; s + 1: the gradient at Y_s is still to come
  std::int64_t evaluations = 0;
  std::int64_t accepted = 0;
  bool curvature_stale = true;  ///< rho is to be estimated before the next step
  bool finished = false;
  bool diverged = false;
};

template <class Archive>
void serialize(Archive& archive, FlowState& state) {
  auto& [network, gradient, stage, before, curvature_direction, step_size, curvature, stages,
         next_stage, evaluations, accepted, curvature_stale, finished, diverged] = state;
  archive(network, gradient, stage, before, curvature_direction, step_size, curvature, stages,
          next_stage, evaluations, accepted, curvature_stale, finished, diverged);
}

class GradientFlowRun final : public Run {
 public:
  GradientFlowRun(const Task& task, Network<double> initial)
      : task_(task),
        workspace_(task.width),
        gradient_(Network<double>::zero(task.width, task.dimension())),
        handover_loss_(handover_loss(task)) {
    state_.network = std::move(initial);
    state_.gradient = state_.stage = state_.before = gradient_;
    state_.curvature_direction = VectorD::Ones(task.samples());
  }

  void advance(std::int64_t budget) override {
    for (; budget > 0 && !state_.finished && !state_.diverged; --budget) evaluate();
  }
  [[nodiscard]] bool finished() const override { return state_.finished; }
  [[nodiscard]] bool diverged() const override { return state_.diverged; }
  [[nodiscard]] std::int64_t steps() const override { return state_.evaluations; }
  [[nodiscard]] const Network<double>* network() const override { return &state_.network; }
  [[nodiscard]] const Task* polish_task() const override { return &task_; }
  [[nodiscard]] std::string save() const override { return bytes_of(state_); }
  void load(std::string_view bytes) override { state_ = from_bytes<FlowState>(bytes); }

 private:
  /// One gradient, and what follows from it.
  void evaluate();
  void begin_step();
  void end_step(double loss);
  void accept(double loss);
  /// e relative to the tolerance.
  [[nodiscard]] double relative_error() const;

  /// The coefficients for state_.stages.
  const Stages& stages_of_step() {
    if (!stages_ || std::ssize(stages_->mu) != state_.stages + 1) stages_.emplace(state_.stages);
    return *stages_;
  }

  [[nodiscard]] double loss_at(const Network<double>& network) {
    return loss_and_gradient(task_.activation, network, task_.inputs, task_.labels, workspace_,
                             gradient_);
  }

  Task task_;
  Workspace<double> workspace_;
  Network<double> gradient_;
  double handover_loss_;
  std::optional<Stages> stages_;
  FlowState state_;
};

void GradientFlowRun::evaluate() {
  ++state_.evaluations;
  if (state_.stages == 0) {
    const double loss = loss_at(state_.network);
    // From a standstill: as far as moves the network by a part of the tolerance.
    const double size = std::hypot(state_.network.inner.norm(), state_.network.outer.norm());
    const double slope = std::hypot(gradient_.inner.norm(), gradient_.outer.norm());
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
    next(state_.network.inner, state_.stage.inner, state_.before.inner, gradient_.inner,
         state_.gradient.inner);
    next(state_.network.outer, state_.stage.outer, state_.before.outer, gradient_.outer,
         state_.gradient.outer);
    std::swap(state_.stage, state_.before);
    ++state_.next_stage;
    if (!std::isfinite(loss)) end_step(loss);
  }
  state_.finished = state_.finished || state_.evaluations >= task_.training.steps;
}

void GradientFlowRun::begin_step() {
  if (state_.curvature_stale || state_.accepted % k_steps_between == 0) {
    const int iterations = state_.accepted == 0 ? k_first_power_iterations : k_power_iterations;
    state_.curvature =
        k_more_curvature * top_tangent_curvature(task_, state_.network, workspace_, iterations,
                                                 state_.curvature_direction);
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
  state_.stage.inner =
      state_.network.inner - stages.first * state_.step_size * state_.gradient.inner;
  state_.stage.outer =
      state_.network.outer - stages.first * state_.step_size * state_.gradient.outer;
  state_.next_stage = 2;
}

double GradientFlowRun::relative_error() const {
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
  return count > 0 ? std::sqrt(sum / count) / task_.training.flow_tolerance : 0;
}

void GradientFlowRun::end_step(double loss) {
  const double error = std::isfinite(loss) ? relative_error() : INFINITY;
  constexpr double k_least = 0.1;
  constexpr double k_most = 5;
  const double factor =
      std::isfinite(error) ? std::clamp(0.8 / std::cbrt(error), k_least, k_most) : k_least;
  state_.step_size *= factor;
  if (error <= 1) {
    std::swap(state_.network, state_.stage);
    ++state_.accepted;
    accept(loss);
    return;
  }
  state_.curvature_stale = true;  // it may have grown faster than it was looked at
  // Where doubles go no further nothing can be done.
  state_.diverged = !(state_.step_size * state_.curvature > 1e-14);
  if (!state_.diverged) begin_step();
}

void GradientFlowRun::accept(double loss) {
  std::swap(state_.gradient, gradient_);
  if (!std::isfinite(loss)) {
    state_.diverged = true;
  } else if (loss <= handover_loss_) {
    state_.finished = true;
  } else {
    begin_step();
  }
}

std::unique_ptr<Run> start_rich(const Task& task) {
  return std::make_unique<GradientFlowRun>(task, small_network(task));
}

std::unique_ptr<Run> start_lazy(const Task& task) {
  return std::make_unique<GradientFlowRun>(
      task, centred_network(task.seed, task.width, task.dimension(), task.training.lazy_scale));
}

Price price(const PointOutline& point) {
  Price price = descent_price(point, static_cast<double>(point.samples));
  // Every few steps of tens of gradients the power iterations, at four passes each.
  price.flops_per_step *= 1.2;
  return price;
}

}  // namespace

Algorithm gradient_flow_algorithm() {
  return {.name = "gradient-flow", .start = start_rich, .price = price};
}

Algorithm lazy_algorithm() { return {.name = "lazy", .start = start_lazy, .price = price}; }

}  // namespace flatgrid
