// SPDX-License-Identifier: MIT
#include "biased.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "flatgrid/base/serialization.hpp"

namespace flatgrid::descent {

namespace {

/// The saved state of the part that is running.
struct Saved {
  bool is_flow;
  std::string run;
};

template <class Archive>
void serialize(Archive& archive, Saved& saved) {
  auto& [is_flow, run] = saved;
  archive(is_flow, run);
}

}  // namespace

Phase biased_phase(const algorithm::Task& task) {
  return {.batching = batching_of(task.training, task.samples()),
          .last_step = biased_steps(task.training),
          .hands_over = false,
          .gradient = nullptr,
          .momentum = task.training.momentum,
          .weight_decay = weight_decay(task.training)};
}

BiasedRun::BiasedRun(const algorithm::Task& task, std::unique_ptr<algorithm::Run> descent)
    : task_(task), descent_(std::move(descent)) {}

void BiasedRun::advance(std::int64_t budget) {
  const std::int64_t end = steps() + std::min(budget, task_.training.steps - steps());
  if (!flow_) {
    descent_->advance(budget);
    if (steps() < biased_steps(task_.training) || finished() || diverged()) return;
    flow_ = std::make_unique<FlowRun>(task_, *descent_->network(), 0.0, descent_->steps());
    descent_.reset();
  }
  flow_->advance(end - steps());
}

std::string BiasedRun::save() const { return bytes_of(Saved{flow_ != nullptr, present().save()}); }

void BiasedRun::load(std::string_view bytes) {
  const auto saved = from_bytes<Saved>(bytes);
  if (!saved.is_flow) {
    descent_->load(saved.run);
    return;
  }
  flow_ = std::make_unique<FlowRun>(task_, *network(), 0.0);
  flow_->load(saved.run);
  descent_.reset();
}

std::unique_ptr<algorithm::Run> start_biased(const algorithm::Task& task, const Phase& phase) {
  return std::make_unique<BiasedRun>(
      task, std::make_unique<DescentRun>(task, small_network(task), phase));
}

std::unique_ptr<algorithm::Run> start_decaying(const algorithm::Task& task, Phase phase) {
  phase.weight_decay = weight_decay(task.training);
  if (phase.weight_decay == 0)
    return std::make_unique<DescentRun>(task, small_network(task), phase);
  phase.hands_over = false;
  phase.last_step = biased_steps(task.training);
  return start_biased(task, phase);
}

algorithm::Price biased_price(const algorithm::PointOutline& point, const Batching& batching,
                              int passes) {
  const double share = biased_share(point.training);
  return descent_price(point, passes * share * batching.mean_size() +
                                  k_flow_passes * (1 - share) * static_cast<double>(point.samples));
}

algorithm::Price decaying_price(const algorithm::PointOutline& point, const Batching& batching) {
  if (weight_decay(point.training) > 0) return biased_price(point, batching, 1);
  return descent_price(point, batching.mean_size());
}

}  // namespace flatgrid::descent
