// SPDX-License-Identifier: MIT
/// Algorithms that follow something other than the train loss to a flatter place: they do so for a share
/// of training.steps however small the loss is, and come down to the hand-over loss by the gradient
/// flow, which adds nothing of its own. Without a polish there is no hand-over to come down to: they
/// do so for all of training.steps.
#pragma once

#include <optional>
#include <string_view>

#include "descent.hpp"
#include "flow.hpp"

namespace flatgrid::descent {

inline constexpr double k_share_before_handover = 0.75;
double biased_share(const algorithm::TrainingSettings& training);
std::int64_t biased_steps(const algorithm::TrainingSettings& training);

/// How they end, for `flatgrid help`.
inline constexpr std::string_view k_biased_ending =
    "After 3/4 of training.steps, however small the loss is, the gradient flow takes over; it\n"
    "ends where the train loss is down at training.handover-loss, or after training.steps;\n"
    "the polish then makes an interpolator of the network.";

/// Their phase for that long, on minibatches; its gradient is the algorithm's to set.
Phase biased_phase(const algorithm::Task& task);

/// The run of one from the small initialization, which is polished.
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
  std::optional<FlowRun> flow_;  ///< once it comes down
};

/// What one takes whose steps go through their minibatch of `batch` samples `passes` times.
algorithm::Price biased_price(const algorithm::PointOutline& point, Index batch, int passes);

}  // namespace flatgrid::descent
