// SPDX-License-Identifier: MIT
/// A campaign that computes nothing: what the ranks would do, by the clock.
#pragma once

#include <cstdint>
#include <functional>

#include "flatgrid/schedule/slices.hpp"

namespace flatgrid::schedule {

struct SimulatedCampaign {
  double makespan = 0;       ///< seconds from the start to the end of the last point
  double work = 0;           ///< seconds of all points together
  double longest_point = 0;  ///< seconds
  std::int64_t points = 0;   ///< computed

  /// Share of the ranks' time that was spent on points.
  [[nodiscard]] double balance(int ranks) const { return work / (makespan * ranks); }
};

/// Runs the slices' ranks, which take points from one another as in a real campaign
/// (`PointSource`), with a point taking `seconds_of(point)`. Time O(points log ranks), memory
/// O(ranks + cells).
SimulatedCampaign simulate_campaign(
    const Slices& slices,
    const std::function<double(const configuration::GridPoint& point)>& seconds_of);

}  // namespace flatgrid::schedule
