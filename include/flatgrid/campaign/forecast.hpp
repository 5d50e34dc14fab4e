// SPDX-License-Identifier: MIT
/// Predicts the remaining time of a campaign from its finished points.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "flatgrid/grid/prices.hpp"

namespace flatgrid::campaign {

/// A seed group is the set of points that differ only in the seed: they take about the same time.
std::int64_t seed_group_count(const configuration::Axes& axes);
std::int64_t seed_group_of(const configuration::Axes& axes, const configuration::GridPoint& point);

/// The number of computed points of a seed group, and the sum of their times.
struct SeedGroupTally {
  std::int64_t points = 0;
  std::int64_t microseconds = 0;
};

/// A point that is being computed.
struct PointInWork {
  std::int64_t flat = 0;
  double seconds = 0;  ///< since its start
};

/// Predicts the remaining time of a campaign. A point is expected to take the mean time of its seed group.
/// For a group without finished points, `PointTimes` predicts the time from its price and the groups that
/// have some.
class Forecast {
 public:
  /// `to_compute`: the points to compute at the start of the campaign, by seed group.
  Forecast(const grid::Study& study, std::vector<std::int64_t> to_compute);

  /// The predicted seconds until `ranks` ranks have computed the remaining points. Empty while some algorithm
  /// has no finished point: a price does not predict how early a training ends.
  [[nodiscard]] std::optional<double> seconds_left(std::span<const SeedGroupTally> computed,
                                                   std::span<const PointInWork> in_work,
                                                   int ranks) const;

 private:
  /// Whether every algorithm with points to compute has a computed point.
  [[nodiscard]] bool knows_every_algorithm(std::span<const SeedGroupTally> computed) const;
  /// The predicted seconds of a point, by seed group.
  [[nodiscard]] std::vector<double> point_seconds(std::span<const SeedGroupTally> computed) const;

  const grid::Study& study_;
  std::vector<std::int64_t> to_compute_;
};

}  // namespace flatgrid::campaign
