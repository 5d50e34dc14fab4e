// SPDX-License-Identifier: MIT
/// How long grid points take on this machine, from a few that are computed to find out.
#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid::grid {

/// A point computed to find out how long it takes.
struct Pilot {
  configuration::GridPoint point;
  double seconds = 0;  ///< it takes; extrapolated from the training if it was stopped
  std::optional<Status> status = {};  ///< what came out, if it was computed to its end
};

/// A look at a point while it is being computed.
struct Look {
  double seconds = 0;   ///< since it was begun
  double fraction = 0;  ///< of its work behind
};

/// Seconds that the whole point takes, by two looks with some work between them. What came before the
/// first, the data and what is computed once for all steps, is not done again.
double seconds_of_whole(const Look& first, const Look& last);

/// Computes points for about `seconds` seconds: of every algorithm in turn, first one of its cheapest
/// cell (algorithm, samples, width), then of its most expensive, then of those between, with seeds and
/// noises that change. A point too long for its share of the time is stopped, and its time follows
/// from the steps it took: an upper estimate, as training may end early. At least one point a
/// algorithm.
std::vector<Pilot> run_pilots(const Study& study, double seconds);

/// Predicted seconds of points: predicted cost times the ratio of seconds to cost that was measured
/// for the algorithm, interpolated in the logarithm of the cost between cells; NaN for an algorithm
/// without a pilot.
class PointTimes {
 public:
  PointTimes(const Study& study, const std::vector<Pilot>& pilots);

  /// The mean over noises and seeds, of the point's cell.
  [[nodiscard]] double mean(const configuration::GridPoint& point) const;
  /// A time for this very point, scattered about the mean as the pilots of its algorithm are about
  /// theirs (log-normal). Reproducible.
  [[nodiscard]] double scattered(const configuration::GridPoint& point) const;

 private:
  struct AlgorithmTimes {
    std::map<double, double> log_ratio;  // of seconds to cost, by logarithm of the cost
    double scatter = 0;                  // standard deviation of the logarithm within a cell
  };

  configuration::Axes axes_;
  std::vector<AlgorithmTimes> algorithms_;  // by position on the axis
  std::vector<double> means_;               // by cell
};

}  // namespace flatgrid::grid
