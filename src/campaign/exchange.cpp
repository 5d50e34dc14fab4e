// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/exchange.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace flatgrid {
namespace {

/// Seconds between two reports.
constexpr double k_report_period = 0.25;

}  // namespace

Exchange::Exchange(const Communicator& communicator, const Clock& clock, CampaignCounters& counters,
                   Stop& stop, std::function<void()> between_chunks,
                   std::function<void(const CampaignCounters::Totals&)> on_totals)
    : communicator_(communicator),
      clock_(clock),
      counters_(counters),
      stop_(stop),
      between_chunks_(std::move(between_chunks)),
      on_totals_(std::move(on_totals)) {}

bool Exchange::may_go_on() {
  communicator_.make_progress();
  between_chunks_();
  if (clock_() >= next_report_ || stop_.reason() > reported_stop_) report_and_learn();
  return stop_.reason() == StopReason::none;
}

void Exchange::add_computed(std::int64_t kind, double seconds) {
  KindTally& tally = unreported_kinds_[kind];
  ++tally.points;
  tally.microseconds += std::llround(1e6 * seconds);
}

void Exchange::report_and_learn() {
  if (stop_.reason() > reported_stop_) {
    reported_stop_ = stop_.reason();
    counters_.request_stop(reported_stop_);
  }
  counters_.add(unreported_);
  unreported_ = Tally{};
  for (const auto& [kind, tally] : unreported_kinds_) counters_.add(kind, tally);
  unreported_kinds_.clear();
  if (under_way_ != reported_under_way_) {
    counters_.set_under_way(communicator_.rank(), under_way_);
    reported_under_way_ = under_way_;
  }
  const CampaignCounters::Totals totals = counters_.totals();
  reported_stop_ = std::max(reported_stop_, totals.stop);
  stop_.request(totals.stop);
  on_totals_(totals);
  next_report_ = clock_() + k_report_period;
}

}  // namespace flatgrid
