// SPDX-License-Identifier: MIT
/// The price of a grid point: the flops and memory it takes, predicted before anything is computed. It
/// balances the work over ranks, and `flatgrid plan` shows it.
#pragma once

#include <vector>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/grid/study.hpp"

namespace flatgrid::grid {

/// The properties of a point that are known before it is computed.
algorithm::PointOutline outline_of(const Study& study, const configuration::GridPoint& point);

/// The first point of every cost class. A cost class is the set of points of one algorithm, number of
/// samples and width, which have the same price. In storage order: the algorithm varies slowest, the width
/// fastest.
std::vector<configuration::GridPoint> cost_classes(const configuration::Axes& axes);

/// The position of a point's cost class among `cost_classes`.
std::int64_t cost_class_of(const configuration::Axes& axes, const configuration::GridPoint& point);

struct PointPrice {
  double flops = 0;  ///< floating-point operations, if the run takes all its steps; at least 1
  double bytes = 0;  ///< largest memory in use, without the program itself
};

/// The prices of all cost classes of a grid. A price covers the run (predicted by its algorithm), the
/// polish, the measures at the end and at every step of the history, the extras of [flatness], and the
/// data.
class PointPrices {
 public:
  explicit PointPrices(const Study& study);

  [[nodiscard]] const PointPrice& operator()(const configuration::GridPoint& point) const {
    return configuration::at(prices_, cost_class_of(axes_, point));
  }

 private:
  configuration::Axes axes_;
  std::vector<PointPrice> prices_;  ///< by cost class
};

/// The parts of a point's work.
struct PointWork {
  algorithm::Price run;  ///< predicted by the algorithm
  double measurement;    ///< flops of one measurement, at the end or at a step of the history
  double measurements;   ///< largest number of measurements
  double polish;         ///< flops
  double extras;         ///< flops, of [flatness]

  [[nodiscard]] double flops() const {
    return run.steps * run.flops_per_step + measurements * measurement + polish + extras;
  }
};
PointWork work_of(const Study& study, const configuration::GridPoint& point);

}  // namespace flatgrid::grid
