// SPDX-License-Identifier: MIT
#include "flatgrid/grid/point_task.hpp"

#include <utility>

namespace flatgrid::grid {

namespace {

/// The first n columns; does not copy if these are all.
MatrixD first_samples(MatrixD inputs, Index samples) {
  if (inputs.cols() != samples) inputs.conservativeResize(Eigen::NoChange, samples);
  return inputs;
}

}  // namespace

PointTask::PointTask(const Study& study, const configuration::GridPoint& point,
                     problem::IndexModel target, problem::DataSet data)
    : target_(std::move(target)),
      inputs_(first_samples(std::move(data.inputs),
                            configuration::at(study.configuration.grid.samples, point.samples))),
      // y = f*(x) + tau xi
      labels_(data.target.head(inputs_.cols()) +
              configuration::at(study.configuration.grid.noise, point.noise) *
                  data.noise.head(inputs_.cols())),
      population_loss_(study.problem, *study.activation, target_,
                       configuration::at(study.configuration.grid.seed, point.seed)),
      task_{
          .training = configuration::at(study.training, point.algorithm),
          .activation = *study.activation,
          .input_law = study.problem.network_input_law(),
          .inputs = inputs_,
          .labels = labels_,
          .width = configuration::at(study.configuration.grid.width, point.width),
          .seed = configuration::at(study.configuration.grid.seed, point.seed),
          .network = study.configuration.network,
          .shares_direction = configuration::at(study.configuration.grid.algorithm, point.algorithm)
                                  ->shares_direction},
      truth_{.problem = study.problem, .target = target_, .population_loss = population_loss_} {}

PointTask draw_point_task(const Study& study, const configuration::GridPoint& point) {
  const std::int64_t seed = configuration::at(study.configuration.grid.seed, point.seed);
  const problem::IndexModel target = study.problem.index_model(seed);
  return {study, point, target,
          study.problem.data_set(
              target, seed, configuration::at(study.configuration.grid.samples, point.samples))};
}

}  // namespace flatgrid::grid
