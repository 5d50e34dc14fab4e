// SPDX-License-Identifier: MIT
#include "flatgrid/grid/point_task.hpp"

#include <utility>

namespace flatgrid {

PointTask::PointTask(const Configuration& configuration, const GridPoint& point, IndexModel target,
                     const DataSet& data)
    : activation_(make_activation<double>(configuration.network)),
      target_(std::move(target)),
      inputs_(data.inputs.leftCols(at(configuration.grid.samples, point.samples))),
      // y = f*(x) + tau xi
      labels_(data.target.head(inputs_.cols()) +
              at(configuration.grid.noise, point.noise) * data.noise.head(inputs_.cols())),
      population_loss_(configuration.problem, configuration.network, target_,
                       at(configuration.grid.seed, point.seed)),
      task_{configuration.training,
            *activation_,
            target_,
            inputs_,
            labels_,
            at(configuration.grid.width, point.width),
            at(configuration.grid.seed, point.seed),
            population_loss_,
            configuration.problem} {}

}  // namespace flatgrid
