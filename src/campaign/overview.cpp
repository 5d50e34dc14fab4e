// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/overview.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace flatgrid {
namespace {

/// Seconds between two reports in RESULTS.running.
constexpr double k_report_period = 2.0;
constexpr std::size_t k_points_named = 10;

}  // namespace

Overview::Overview(std::ostream& log, std::function<int()> columns, const Clock& clock,
                   CampaignCounters& counters, CampaignLock& lock, const ProgressState& begin,
                   std::int64_t to_compute)
    : clock_(clock),
      counters_(counters),
      lock_(lock),
      progress_(log, std::move(columns), clock, begin) {
  campaign_.to_compute = to_compute;
}

void Overview::show(const CampaignCounters::Totals& totals) {
  const auto& counts = totals.tally.finished;
  campaign_.finished = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  campaign_.failed = counts[static_cast<std::size_t>(Status::failed)];
  // The rounded parts of the work need not add up to all of it.
  campaign_.work_fraction =
      campaign_.finished == campaign_.to_compute
          ? 1.0
          : std::min(static_cast<double>(totals.tally.work) / k_work_units, 1.0);
  progress_.show(campaign_.finished, campaign_.failed, campaign_.work_fraction);
  if (clock_() < next_report_) return;
  update_points_under_way();
  lock_.report(campaign_);
  next_report_ = clock_() + k_report_period;
}

void Overview::update_points_under_way() {
  std::map<std::int64_t, double> since;
  for (const std::int64_t flat : counters_.under_way()) {
    if (flat < 0) continue;
    const auto before = since_.find(flat);
    since[flat] = before != since_.end() ? before->second : clock_();
  }
  since_ = std::move(since);
  campaign_.under_way.clear();
  for (const auto& [flat, begin] : since_) {
    campaign_.under_way.push_back({.flat = flat, .seconds = clock_() - begin});
  }
  std::ranges::stable_sort(campaign_.under_way, std::ranges::greater(),
                           &RunningCampaign::UnderWay::seconds);
  if (campaign_.under_way.size() > k_points_named) campaign_.under_way.resize(k_points_named);
}

}  // namespace flatgrid
