// SPDX-License-Identifier: MIT
/// What grid points take, predicted before anything is computed: it balances the slices over ranks,
/// and `flatgrid plan` tells it.
#pragma once

#include <vector>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/grid/study.hpp"

namespace flatgrid::grid {

/// What is known of a point before it is computed.
algorithm::PointOutline outline_of(const Study& study, const configuration::GridPoint& point);

/// The first point of every cell: points of one algorithm, number of samples and width, which
/// differ in noise and seed, cost the same. In storage order: the algorithm varies slowest, the
/// width fastest.
std::vector<configuration::GridPoint> cells(const configuration::Axes& axes);

/// The position of a point's cell among `cells`.
std::int64_t cell_of(const configuration::Axes& axes, const configuration::GridPoint& point);

struct PointPrice {
  double flops = 0;  ///< floating-point operations, if the run takes all its steps; at least 1
  double bytes = 0;  ///< held at the most, the program itself aside
};

/// The prices of all cells of a grid: of the run, as its algorithm says, of the polish, of the
/// measures at the end and at every step of the history, of the extras of [flatness], and of the
/// data.
class PointPrices {
 public:
  explicit PointPrices(const Study& study);

  [[nodiscard]] const PointPrice& operator()(const configuration::GridPoint& point) const {
    return configuration::at(prices_, cell_of(axes_, point));
  }

 private:
  configuration::Axes axes_;
  std::vector<PointPrice> prices_;  ///< by cell
};

/// The work of a point, part by part.
struct PointWork {
  algorithm::Price run;  ///< what its algorithm says
  double measurement;    ///< flops of one, at the end or at a step of the history
  double measurements;   ///< number of them at the most
  double polish;         ///< flops
  double extras;         ///< flops, of [flatness]

  [[nodiscard]] double flops() const {
    return run.steps * run.flops_per_step + measurements * measurement + polish + extras;
  }
};
PointWork work_of(const Study& study, const configuration::GridPoint& point);

}  // namespace flatgrid::grid
