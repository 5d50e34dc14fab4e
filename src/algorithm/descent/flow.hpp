// SPDX-License-Identifier: MIT
/// The gradient flow from any network, by a stabilized Runge-Kutta method with error control.
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
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "descent.hpp"

namespace flatgrid::descent {

/// What the flow carries from one gradient to the next.
struct FlowState {
  network::Network<double> network;   ///< y, the last accepted point
  network::Network<double> gradient;  ///< -F_0
  network::Network<double> stage;     ///< Y_{j-1}
  network::Network<double> before;    ///< Y_{j-2}
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

/// The state at a network, `evaluations` gradients into a run.
FlowState start_flow(const algorithm::Task& task, network::Network<double> network,
                     std::int64_t evaluations);

/// The flow of the train loss down to the hand-over loss.
class Flow {
 public:
  Flow(const algorithm::Task& task, FlowState state);
  ~Flow();

  /// Evaluates gradients until state().evaluations == end or that of training.steps, or it is
  /// finished or diverged.
  void advance(std::int64_t end);
  [[nodiscard]] const FlowState& state() const { return state_; }
  void load(FlowState state) { state_ = std::move(state); }

 private:
  struct Stages;

  /// One gradient, and what follows from it.
  void evaluate();
  void begin_step();
  void end_step(double loss);
  void accept(double loss);
  /// e relative to the tolerance.
  [[nodiscard]] double relative_error() const;
  /// The coefficients for state_.stages.
  const Stages& stages_of_step();
  [[nodiscard]] double loss_at(const network::Network<double>& network);

  algorithm::Task task_;
  network::Workspace<double> workspace_;
  network::Network<double> gradient_;
  double handover_loss_;
  std::unique_ptr<Stages> stages_;
  FlowState state_;
};

/// A run of the flow alone, which is polished.
class FlowRun : public algorithm::Run {
 public:
  /// From a network that `evaluations` gradients have led to.
  FlowRun(const algorithm::Task& task, network::Network<double> initial,
          std::int64_t evaluations = 0)
      : task_(task), flow_(task, start_flow(task, std::move(initial), evaluations)) {}

  void advance(std::int64_t budget) override {
    flow_.advance(steps() + std::min(budget, task_.training.steps - steps()));
  }
  [[nodiscard]] bool finished() const override { return flow_.state().finished; }
  [[nodiscard]] bool diverged() const override { return flow_.state().diverged; }
  [[nodiscard]] std::int64_t steps() const override { return flow_.state().evaluations; }
  [[nodiscard]] const network::Network<double>* network() const override {
    return &flow_.state().network;
  }
  [[nodiscard]] const algorithm::Task* polish_task() const override { return &task_; }
  [[nodiscard]] std::string obstacle() const override {
    return diverged() ? "no step of the flow is short enough" : "";
  }
  [[nodiscard]] std::string save() const override;
  void load(std::string_view bytes) override;

 private:
  algorithm::Task task_;
  Flow flow_;
};

/// What the flow takes: gradients over all samples, and every few steps of tens of gradients the power
/// iterations, at four passes each.
inline constexpr double k_flow_passes = 1.2;
algorithm::Price flow_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::descent
