// SPDX-License-Identifier: MIT
/// From a grid point and the data of its seed to the learning task of algorithms and measures.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/problem/data_set.hpp"

namespace flatgrid::grid {

/// The task of a grid point, with everything it refers to but the study, which must outlive it.
class PointTask {
 public:
  /// `target` and `data` are those of the point's seed, drawn or read from a file; the first
  /// samples of `data` are the point's.
  PointTask(const Study& study, const configuration::GridPoint& point, problem::IndexModel target,
            problem::DataSet data);
  PointTask(const PointTask&) = delete;
  PointTask& operator=(const PointTask&) = delete;

  [[nodiscard]] const algorithm::Task& task() const { return task_; }
  [[nodiscard]] const algorithm::Truth& truth() const { return truth_; }

 private:
  problem::IndexModel target_;
  MatrixD inputs_;  // [d, n]
  VectorD labels_;  // [n]
  measure::PopulationLoss population_loss_;
  algorithm::Task task_;
  algorithm::Truth truth_;
};

/// The same with the data drawn.
PointTask draw_point_task(const Study& study, const configuration::GridPoint& point);

}  // namespace flatgrid::grid
