// SPDX-License-Identifier: MIT
#include "biased.hpp"

#include <algorithm>
#include <utility>

#include "flatgrid/base/serialization.hpp"

namespace flatgrid {

namespace {

struct Saved {
  DescentState descent;
  bool comes_down = false;
  FlowState flow;
};

template <class Archive>
void serialize(Archive& archive, Saved& saved) {
  auto& [descent, comes_down, flow] = saved;
  archive(descent, comes_down, flow);
}

}  // namespace

std::int64_t biased_steps(const TrainingSettings& training) {
  return static_cast<std::int64_t>(k_biased_share * static_cast<double>(training.steps));
}

Phase biased_phase(const Task& task) {
  return {.batch = batch_size(task.training, task.samples()),
          .last_step = biased_steps(task.training),
          .hands_over = false,
          .gradient = nullptr,
          .momentum = task.training.momentum};
}

BiasedRun::BiasedRun(const Task& task, Phase phase)
    : task_(task),
      descent_(task, phase),
      state_(start_descent(task, small_network(task), phase.batch)) {}

void BiasedRun::advance(std::int64_t budget) {
  const std::int64_t end = steps() + std::min(budget, task_.training.steps - steps());
  if (!flow_) {
    descent_.advance(end, state_);
    if (state_.step < biased_steps(task_.training) || state_.diverged) return;
    flow_.emplace(task_, start_flow(task_, state_.network, state_.step));
  }
  flow_->advance(end);
}

std::string BiasedRun::save() const {
  return bytes_of(Saved{state_, flow_.has_value(), flow_ ? flow_->state() : FlowState()});
}

void BiasedRun::load(std::string_view bytes) {
  auto saved = from_bytes<Saved>(bytes);
  state_ = std::move(saved.descent);
  flow_.reset();
  if (saved.comes_down) flow_.emplace(task_, std::move(saved.flow));
}

Price biased_price(const PointOutline& point, Index batch, int passes) {
  return descent_price(
      point, passes * k_biased_share * static_cast<double>(batch) +
                 k_flow_passes * (1 - k_biased_share) * static_cast<double>(point.samples));
}

}  // namespace flatgrid
