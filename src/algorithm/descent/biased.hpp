// SPDX-License-Identifier: MIT
/// Common parts of the algorithms whose steps are biased towards flat networks. They use their own steps for a
/// share of training.steps, even if the loss is already small; then the gradient flow, which has no such bias,
/// reduces the loss to the hand-over loss. Without a polish there is no hand-over: they use their own steps
/// for all of training.steps.
#pragma once

#include <optional>
#include <string_view>

#include "descent.hpp"
#include "flow.hpp"

namespace flatgrid::descent {

inline constexpr double k_share_before_handover = 0.75;
double biased_share(const algorithm::TrainingSettings& training);
std::int64_t biased_steps(const algorithm::TrainingSettings& training);

/// How their runs end, for `flatgrid help`.
inline constexpr std::string_view k_biased_ending =
    "After 3/4 of training.steps, even if the loss is already small, the gradient flow takes\n"
    "over. It ends when the train loss has fallen to training.handover-loss, or after\n"
    "training.steps. Then the polish turns the network into an interpolator.";

/// The phase of `biased_steps` on minibatches; the algorithm sets its gradient.
Phase biased_phase(const algorithm::Task& task);

/// A run of such an algorithm from the small initialization, followed by the polish.
class BiasedRun final : public algorithm::Run {
 public:
  BiasedRun(const algorithm::Task& task, const Phase& phase);

  void advance(std::int64_t budget) override;
  [[nodiscard]] bool finished() const override { return present().finished(); }
  [[nodiscard]] bool diverged() const override { return present().diverged(); }
  [[nodiscard]] std::int64_t steps() const override { return present().steps(); }
  [[nodiscard]] const network::Network<double>* network() const override {
    return present().network();
  }
  [[nodiscard]] const algorithm::Task* polish_task() const override { return &task_; }
  [[nodiscard]] std::string obstacle() const override { return present().obstacle(); }
  [[nodiscard]] std::string save() const override;
  void load(std::string_view bytes) override;

 private:
  [[nodiscard]] const algorithm::Run& present() const {
    return flow_ ? static_cast<const algorithm::Run&>(*flow_) : descent_;
  }

  algorithm::Task task_;
  DescentRun descent_;
  std::optional<FlowRun> flow_;  ///< set when the gradient flow takes over
};

/// The price of such an algorithm if a step passes `passes` times through its minibatch of `batch` samples.
algorithm::Price biased_price(const algorithm::PointOutline& point, Index batch, int passes);

}  // namespace flatgrid::descent
