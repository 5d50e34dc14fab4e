// SPDX-License-Identifier: MIT
/// The gradient flow from any network, by a stabilized Runge-Kutta method with error control.
///
/// Near the end the flow is stiff: the rate of its fastest direction is rho = lambda_max of the Hessian, and
/// the rate of its slowest direction, which determines the duration, is thousands of times smaller. Explicit
/// Euler steps (gradient descent) must be below 2 / rho for any accuracy. The Runge-Kutta-Chebyshev method
/// of second order (Sommeijer, Shampine, Verwer 1997, RKC) is also explicit, but a step with s gradients may
/// have the length 0.65 s^2 / rho. A step h from y with F_0 = F(y) and the Chebyshev polynomials T_j:
///   w_0 = 1 + eps / s^2, eps = 2/13,     w_1 = T_s'(w_0) / T_s''(w_0),
///   b_j = T_j''(w_0) / T_j'(w_0)^2, b_0 = b_1 = b_2,     a_j = 1 - b_j T_j(w_0),
///   Y_1 = y + b_1 w_1 h F_0,
///   Y_j = (1 - mu_j - nu_j) y + mu_j Y_{j-1} + nu_j Y_{j-2} + 2 b_j/b_{j-1} w_1 h (F_{j-1} - a_{j-1} F_0),
///   mu_j = 2 b_j w_0 / b_{j-1},     nu_j = -b_j / b_{j-2},     j = 2..s,
/// and the next point is Y_s. Its error is estimated by
///   e = 4/5 (y - Y_s) + 2/5 h (F_0 + F(Y_s)),
/// relative to the size of each neuron, root mean square over the neurons; with linear layers it is the largest of
/// this and of the errors of the linear layers, relative to their size. It must be below
/// training.flow-tolerance; the next step is 0.8 (tolerance / e)^{1/3} times as long. Kinks of the
/// activation increase the estimated error. rho is 1.1 times the top eigenvalue of the tangent kernel / n,
/// from warm-started power iterations.
///
/// With weight decay lambda the flow is theta' = -grad L - lambda theta, and rho is increased by lambda. The train
/// loss then falls to a value above 0, so the decay ends where the network has come to rest,
///   ||theta(t) - theta(t - 1/lambda)|| <= training.flow-tolerance ||theta(t)||,
/// where grad L + lambda theta, averaged over this time, is that small beside lambda theta: at kinks of the
/// activation it is so on average only. It also ends after `biased_steps` gradients. With a polish the flow of L
/// alone follows, down to the hand-over loss; without a polish this is the end.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "descent.hpp"

namespace flatgrid::descent {

/// The state of the flow between two gradients.
struct FlowState {
  network::Network<double> network;   ///< y, the last accepted point
  network::Network<double> gradient;  ///< -F_0
  network::Network<double> stage;     ///< Y_{j-1}
  network::Network<double> before;    ///< Y_{j-2}
  VectorD curvature_direction;
  double weight_decay = 0;  ///< lambda; 0 after the decay has ended
  network::Network<double>
      reference;             ///< with decay: the network at the last multiple of 1 / lambda
  double reference_age = 0;  ///< time since then
  double step_size = 0;      ///< h
  double curvature = 0;      ///< rho
  int stages = 0;            ///< s; 0 before the first gradient
  int next_stage = 0;        ///< j; s + 1: the gradient at Y_s is next
  std::int64_t evaluations = 0;
  std::int64_t accepted = 0;
  bool curvature_stale = true;  ///< whether rho must be estimated before the next step
  bool finished = false;
  bool diverged = false;
};

template <class Archive>
void serialize(Archive& archive, FlowState& state) {
  auto& [network, gradient, stage, before, curvature_direction, weight_decay, reference,
         reference_age, step_size, curvature, stages, next_stage, evaluations, accepted,
         curvature_stale, finished, diverged] = state;
  archive(network, gradient, stage, before, curvature_direction, weight_decay, reference,
          reference_age, step_size, curvature, stages, next_stage, evaluations, accepted,
          curvature_stale, finished, diverged);
}

/// The initial state at a network; the run has already evaluated `evaluations` gradients.
FlowState start_flow(const algorithm::Task& task, network::Network<double> network,
                     double weight_decay, std::int64_t evaluations);

/// The flow of the train loss down to the hand-over loss, at first with weight decay if the state has it.
class Flow {
 public:
  Flow(const algorithm::Task& task, FlowState state);
  ~Flow();

  /// Evaluates gradients until state().evaluations is `end` or training.steps, or until the flow is finished
  /// or diverged.
  void advance(std::int64_t end);
  [[nodiscard]] const FlowState& state() const { return state_; }
  void load(FlowState state) { state_ = std::move(state); }

 private:
  struct Stages;

  /// Evaluates one gradient and advances the state by it.
  void evaluate();
  void begin_step();
  void end_step(double loss);
  void accept(double loss);
  /// Whether the network has come to rest with weight decay. Called at every accepted point.
  bool has_settled();
  /// e / tolerance.
  [[nodiscard]] double relative_error() const;
  /// The coefficients for state_.stages.
  const Stages& stages_of_step();
  /// L; writes grad L + lambda theta to gradient_.
  [[nodiscard]] double loss_at(const network::Network<double>& network);

  algorithm::Task task_;
  network::Workspace<double> workspace_;
  network::Network<double> gradient_;
  double handover_loss_;
  std::unique_ptr<Stages> stages_;
  FlowState state_;
};

/// A run of only the flow, followed by the polish.
class FlowRun : public algorithm::Run {
 public:
  /// Starts from a network that was reached after `evaluations` gradients.
  FlowRun(const algorithm::Task& task, network::Network<double> initial, double weight_decay,
          std::int64_t evaluations = 0)
      : task_(task), flow_(task, start_flow(task, std::move(initial), weight_decay, evaluations)) {}

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

/// The price of the flow: gradients over all samples, and every few steps of tens of gradients the power
/// iterations, with four passes each. `k_flow_passes` is the mean number of passes per gradient.
inline constexpr double k_flow_passes = 1.2;
algorithm::Price flow_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::descent
