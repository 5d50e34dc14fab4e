// SPDX-License-Identifier: MIT
/// Common parts of the descents that do not converge to an interpolator, because their steps are biased towards
/// flat or small networks (sam, label noise, weight decay), or because they do not become 0 there (adam). They
/// use their own steps for a share of training.steps, even if the loss is already small; then the gradient flow
/// of the train loss alone reduces it to the hand-over loss. Without a polish there is no hand-over: they use
/// their own steps for all of training.steps.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "descent.hpp"
#include "flow.hpp"

namespace flatgrid::descent {

/// How their runs end, for `flatgrid help`.
inline constexpr std::string_view k_biased_ending =
    "After 3/4 of training.steps, even if the loss is already small, the gradient flow takes\n"
    "over. It ends when the train loss has fallen to training.handover-loss, or after\n"
    "training.steps. Then the polish turns the network into an interpolator.";

/// The phase of `biased_steps` on minibatches; the algorithm sets its gradient.
Phase biased_phase(const algorithm::Task& task);

/// A descent that ends by itself after `biased_steps` at the latest, then the flow, followed by the polish.
class BiasedRun final : public algorithm::Run {
 public:
  BiasedRun(const algorithm::Task& task, std::unique_ptr<algorithm::Run> descent);

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
  [[nodiscard]] const algorithm::Run& present() const { return flow_ ? *flow_ : *descent_; }

  algorithm::Task task_;
  std::unique_ptr<algorithm::Run> descent_;  ///< null when the gradient flow has taken over
  std::unique_ptr<FlowRun> flow_;
};

/// A BiasedRun of the phase from the small initialization.
std::unique_ptr<algorithm::Run> start_biased(const algorithm::Task& task, const Phase& phase);

/// A run of the phase from the small initialization with training.weight-decay: without decay it descends to
/// the hand-over loss, with decay it is a BiasedRun.
std::unique_ptr<algorithm::Run> start_decaying(const algorithm::Task& task, Phase phase);

/// The price of a BiasedRun if a step passes `passes` times through its batch.
algorithm::Price biased_price(const algorithm::PointOutline& point, const Batching& batching,
                              int passes);
/// The price of `start_decaying`.
algorithm::Price decaying_price(const algorithm::PointOutline& point, const Batching& batching);

}  // namespace flatgrid::descent
