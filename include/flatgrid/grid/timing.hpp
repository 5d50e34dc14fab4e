// SPDX-License-Identifier: MIT
/// Predicts how long grid points take on this machine from a few computed points.
#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::grid {

/// A point that is computed to measure its time.
struct Pilot {
  configuration::GridPoint point;
  double seconds = 0;  ///< time of the point; extrapolated from the training if it was stopped
  std::optional<Status> status = {};  ///< its status; empty if it was stopped
};

/// The progress of a point at one moment of its computation.
struct Look {
  double seconds = 0;   ///< since the point was started
  double fraction = 0;  ///< finished part of its work
};

/// The predicted seconds of the whole point, extrapolated from two looks at different fractions. The time
/// before the first look (data, setup) is counted once.
double seconds_of_whole(const Look& first, const Look& last);

/// Computes points for about `seconds` seconds: for every algorithm in turn, first a point of its cheapest
/// cost class, then of its most expensive, then of the others, with varying seeds and noises. A point
/// that exceeds its share of the time is stopped, and its time is extrapolated from the finished steps:
/// an upper estimate, as training may end early. Computes at least one point per algorithm.
std::vector<Pilot> run_pilots(const Study& study, double seconds);

/// Predicted seconds of points: the predicted flops times the seconds per flop measured for the algorithm,
/// interpolated in the logarithm of the flops between cost classes; NaN for an algorithm without a pilot.
class PointTimes {
 public:
  PointTimes(const Study& study, const std::vector<Pilot>& pilots);

  /// The mean time in the point's cost class, over noises and seeds.
  [[nodiscard]] double mean(const configuration::GridPoint& point) const;
  /// A random log-normal time for this point. Its scatter about the mean is that of the algorithm's pilots.
  /// Reproducible.
  [[nodiscard]] double scattered(const configuration::GridPoint& point) const;

 private:
  struct AlgorithmTimes {
    std::map<double, double> log_ratio;  // log(seconds / flops) by log(flops)
    double scatter = 0;                  // standard deviation of log(seconds) within a cost class
  };

  configuration::Axes axes_;
  std::vector<AlgorithmTimes> algorithms_;  // by position on the axis
  std::vector<double> means_;               // by cost class
};

}  // namespace flatgrid::grid
