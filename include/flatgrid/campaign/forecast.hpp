// SPDX-License-Identifier: MIT
/// How much longer a campaign takes, judged by those of its points that have finished.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "flatgrid/grid/prices.hpp"

namespace flatgrid::campaign {

/// Points that differ in nothing but the seed are of one kind: they take about as long.
std::int64_t kind_count(const configuration::Axes& axes);
std::int64_t kind_of(const configuration::Axes& axes, const configuration::GridPoint& point);

/// Points of a kind that have been computed, and the time of all of them.
struct KindTally {
  std::int64_t points = 0;
  std::int64_t microseconds = 0;
};

/// A point that is being computed, for so many seconds now.
struct PointInWork {
  std::int64_t flat = 0;
  double seconds = 0;
};

/// Predicts the time left of a campaign. Points are taken to need the mean of their kind; those of a
/// kind of which none has finished, what their price says next to the kinds of which some have.
class Forecast {
 public:
  /// `to_compute`: points when the campaign began, by kind.
  Forecast(const grid::Study& study, std::vector<std::int64_t> to_compute);

  /// Seconds until `ranks` ranks have computed what is left. Empty while no point of some algorithm
  /// has finished: prices tell of sizes, not of how early a training ends.
  [[nodiscard]] std::optional<double> seconds_left(std::span<const KindTally> computed,
                                                   std::span<const PointInWork> in_work,
                                                   int ranks) const;

 private:
  /// Whether of every algorithm that there are points to compute of, one is.
  [[nodiscard]] bool knows_every_algorithm(std::span<const KindTally> computed) const;
  /// Seconds of a point, by kind.
  [[nodiscard]] std::vector<double> point_seconds(std::span<const KindTally> computed) const;

  const grid::Study& study_;
  std::vector<std::int64_t> to_compute_;
};

}  // namespace flatgrid::campaign
