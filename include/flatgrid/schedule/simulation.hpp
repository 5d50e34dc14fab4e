// SPDX-License-Identifier: MIT
/// Simulates the schedule of a campaign without computing its points.
#pragma once

#include <cstdint>
#include <functional>

#include "flatgrid/schedule/slices.hpp"

namespace flatgrid::schedule {

struct SimulatedCampaign {
  double makespan = 0;       ///< seconds from the start to the end of the last point
  double work = 0;           ///< sum of the seconds of all points
  double longest_point = 0;  ///< seconds of the longest point
  std::int64_t points = 0;   ///< number of computed points

  /// The share of the ranks' time that is spent on points.
  [[nodiscard]] double balance(int ranks) const { return work / (makespan * ranks); }
};

/// Simulates one rank per slice. The ranks take points as in a real campaign (`PointSource`); a point takes
/// `seconds_of(point)`. Time O(points log ranks), memory O(ranks + cost classes).
SimulatedCampaign simulate_campaign(
    const Slices& slices,
    const std::function<double(const configuration::GridPoint& point)>& seconds_of);

}  // namespace flatgrid::schedule
