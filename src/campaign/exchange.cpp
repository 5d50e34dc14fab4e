// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/exchange.hpp"

#include <algorithm>
#include <cmath>

namespace flatgrid::campaign {
namespace {

/// Seconds between two reports.
constexpr double k_report_period = 0.25;

}  // namespace

Exchange::Exchange(int rank, const Clock& clock, CampaignCounters& counters, Stop& stop)
    : rank_(rank), clock_(clock), counters_(counters), stop_(stop) {}

bool Exchange::is_due() { return clock_() >= next_report_ || stop_.reason() > reported_stop_; }

void Exchange::add_computed(std::int64_t kind, double seconds) {
  KindTally& tally = unreported_kinds_[kind];
  ++tally.points;
  tally.microseconds += std::llround(1e6 * seconds);
}

CampaignCounters::Totals Exchange::report_and_learn() {
  if (stop_.reason() > reported_stop_) {
    reported_stop_ = stop_.reason();
    counters_.request_stop(reported_stop_);
  }
  counters_.add(unreported_);
  unreported_ = Tally{};
  for (const auto& [kind, tally] : unreported_kinds_) counters_.add(kind, tally);
  unreported_kinds_.clear();
  if (under_way_ != reported_under_way_) {
    counters_.set_under_way(rank_, under_way_);
    reported_under_way_ = under_way_;
  }
  const CampaignCounters::Totals totals = counters_.totals();
  reported_stop_ = std::max(reported_stop_, totals.stop);
  stop_.request(totals.stop);
  next_report_ = clock_() + k_report_period;
  return totals;
}

}  // namespace flatgrid::campaign
