// SPDX-License-Identifier: MIT
/// The progress of the whole campaign, which rank 0 shows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/campaign/counters.hpp"
#include "flatgrid/campaign/forecast.hpp"
#include "flatgrid/campaign/lock.hpp"
#include "flatgrid/campaign/options.hpp"
#include "flatgrid/campaign/progress.hpp"

namespace flatgrid::campaign {

/// Shows the progress of all ranks in the log and in the file RESULTS.running, with the points that have
/// been computed for the longest time. References must outlive it.
class Overview {
 public:
  /// `begin` as for `Progress`: this run computes the points that are not finished in it.
  Overview(const CampaignOptions& options, CampaignCounters& counters, CampaignLock& lock,
           const ProgressState& begin, Forecast forecast);

  void show(const CampaignCounters::Totals& totals);
  /// Shows the final state.
  void end() { progress_.end(); }

 private:
  void update_points_under_way();
  void predict_end();

  const Clock& clock_;
  CampaignCounters& counters_;
  CampaignLock& lock_;
  Progress progress_;
  Forecast forecast_;
  RunningCampaign campaign_;
  std::map<std::int64_t, double> since_;  // when each point being computed was first seen
  std::vector<PointInWork> in_work_;      // the points being computed, the longest first
  double begin_;
  std::optional<double> expected_end_;
  double next_report_ = 0.0;
};

}  // namespace flatgrid::campaign
