// SPDX-License-Identifier: MIT
/// What rank 0 sees of the whole campaign, and shows: to who started it, and to everybody.
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

/// Shows the progress of all ranks in the log, and in the file RESULTS.running, with the points
/// that take the longest. References outlive it.
class Overview {
 public:
  /// `begin` as for `Progress`: the points that are not finished there are to be computed.
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
  std::map<std::int64_t, double> since_;  // when a point under way was first seen
  std::vector<PointInWork> in_work_;      // the points under way, those that take the longest first
  double begin_;
  std::optional<double> expected_end_;
  double next_report_ = 0.0;
};

}  // namespace flatgrid::campaign
