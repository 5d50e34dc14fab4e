// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/overview.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace flatgrid::campaign {
namespace {

/// Seconds between two reports in RESULTS.running.
constexpr double k_writing_period = 2.0;
constexpr std::size_t k_points_listed = 10;

}  // namespace

Overview::Overview(const CampaignOptions& options, CampaignCounters& counters, CampaignLock& lock,
                   const ProgressState& begin, Forecast forecast)
    : clock_(options.clock),
      counters_(counters),
      lock_(lock),
      progress_(*options.log, options.columns, options.clock, begin),
      forecast_(std::move(forecast)),
      begin_(clock_()) {
  campaign_.to_compute = begin.points - begin.finished;
}

void Overview::show(const CampaignCounters::Totals& totals) {
  const auto& counts = totals.tally.finished;
  campaign_.finished = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  campaign_.failed = counts[static_cast<std::size_t>(grid::Status::failed)];
  const bool report_due = clock_() >= next_report_;
  if (report_due) {
    update_points_under_way();
    predict_end();
  }
  const double elapsed = clock_() - begin_;
  if (campaign_.finished == campaign_.to_compute) {
    campaign_.work_fraction = 1.0;
    campaign_.seconds_left = 0.0;
  } else if (expected_end_) {
    campaign_.seconds_left = std::max(*expected_end_ - clock_(), 0.0);
    campaign_.work_fraction = elapsed / std::max(elapsed + *campaign_.seconds_left, 1e-6);
  } else {
    campaign_.work_fraction = std::min(static_cast<double>(totals.tally.work) / k_work_units, 1.0);
    campaign_.seconds_left =
        campaign_.finished == 0 ? seconds_left(elapsed, campaign_.work_fraction) : std::nullopt;
  }
  progress_.show(campaign_.finished, campaign_.failed, campaign_.work_fraction,
                 campaign_.seconds_left);
  if (!report_due) return;
  lock_.report(campaign_);
  next_report_ = clock_() + k_writing_period;
}

void Overview::update_points_under_way() {
  std::map<std::int64_t, double> since;
  for (const std::int64_t flat : counters_.under_way()) {
    if (flat < 0) continue;
    const auto before = since_.find(flat);
    since[flat] = before != since_.end() ? before->second : clock_();
  }
  since_ = std::move(since);
  in_work_.clear();
  for (const auto& [flat, begin] : since_) {
    in_work_.push_back({.flat = flat, .seconds = clock_() - begin});
  }
  std::ranges::stable_sort(in_work_, std::ranges::greater(), &PointInWork::seconds);
  campaign_.under_way = in_work_;
  if (campaign_.under_way.size() > k_points_listed) campaign_.under_way.resize(k_points_listed);
}

void Overview::predict_end() {
  const auto left = forecast_.seconds_left(counters_.computed(), in_work_, counters_.ranks());
  if (left) expected_end_ = clock_() + *left;
}

}  // namespace flatgrid::campaign
