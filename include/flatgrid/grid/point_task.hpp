// SPDX-License-Identifier: MIT
/// From a grid point and the data of its seed to the learning task of the algorithms and measures.
#pragma once

#include <memory>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/problem/data_set.hpp"

namespace flatgrid {

/// The task of a grid point, with everything it refers to but the configuration, which must outlive
/// it.
class PointTask {
 public:
  /// `target` and `data` are those of the point's seed, drawn or read from a file; the first
  /// samples of `data` are the point's.
  PointTask(const Configuration& configuration, const GridPoint& point, IndexModel target,
            const DataSet& data);
  PointTask(const PointTask&) = delete;
  PointTask& operator=(const PointTask&) = delete;

  [[nodiscard]] const Task& task() const { return task_; }

 private:
  std::unique_ptr<Activation<double>> activation_;
  IndexModel target_;
  MatrixD inputs_;  // [d, n]
  VectorD labels_;  // [n]
  PopulationLoss population_loss_;
  Task task_;
};

}  // namespace flatgrid
