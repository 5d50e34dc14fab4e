// SPDX-License-Identifier: MIT
#include "biased.hpp"

#include <algorithm>
#include <string>

#include "flatgrid/base/serialization.hpp"

namespace flatgrid::descent {

namespace {

/// What each part saves of itself; empty: it has not come down yet.
struct Saved {
  std::string descent;
  std::string flow;
};

template <class Archive>
void serialize(Archive& archive, Saved& saved) {
  auto& [descent, flow] = saved;
  archive(descent, flow);
}

}  // namespace

double biased_share(const algorithm::TrainingSettings& training) {
  return training.polish ? k_share_before_handover : 1;
}

std::int64_t biased_steps(const algorithm::TrainingSettings& training) {
  return static_cast<std::int64_t>(biased_share(training) * static_cast<double>(training.steps));
}

Phase biased_phase(const algorithm::Task& task) {
  return {.batch = batch_size(task.training, task.samples()),
          .last_step = biased_steps(task.training),
          .hands_over = false,
          .gradient = nullptr,
          .momentum = task.training.momentum};
}

BiasedRun::BiasedRun(const algorithm::Task& task, const Phase& phase)
    : task_(task), descent_(task, small_network(task), phase) {}

void BiasedRun::advance(std::int64_t budget) {
  const std::int64_t end = steps() + std::min(budget, task_.training.steps - steps());
  if (!flow_) {
    descent_.advance(budget);
    if (steps() < biased_steps(task_.training) || finished() || diverged()) return;
    flow_.emplace(task_, *descent_.network(), descent_.steps());
  }
  flow_->advance(end - steps());
}

std::string BiasedRun::save() const {
  return bytes_of(Saved{descent_.save(), flow_ ? flow_->save() : std::string()});
}

void BiasedRun::load(std::string_view bytes) {
  const auto saved = from_bytes<Saved>(bytes);
  descent_.load(saved.descent);
  flow_.reset();
  if (saved.flow.empty()) return;
  flow_.emplace(task_, *descent_.network());
  flow_->load(saved.flow);
}

algorithm::Price biased_price(const algorithm::PointOutline& point, Index batch, int passes) {
  const double share = biased_share(point.training);
  return descent_price(point, passes * share * static_cast<double>(batch) +
                                  k_flow_passes * (1 - share) * static_cast<double>(point.samples));
}

}  // namespace flatgrid::descent
