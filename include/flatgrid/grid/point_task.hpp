// SPDX-License-Identifier: MIT
/// The learning task of a grid point, made from the data of its seed.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/grid/study.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/problem/data_set.hpp"

namespace flatgrid::grid {

/// The task of a grid point. Owns everything that the task refers to except the study, which must outlive
/// it.
class PointTask {
 public:
  /// `target` and `data` belong to the point's seed, drawn or read from a file. The point uses the first
  /// samples of `data`.
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

/// The task of a grid point, with its data drawn.
PointTask draw_point_task(const Study& study, const configuration::GridPoint& point);

}  // namespace flatgrid::grid
