// SPDX-License-Identifier: MIT
#include "flatgrid/grid/point_task.hpp"

#include <utility>

namespace flatgrid {

namespace {

/// The first n columns; does not copy if these are all.
MatrixD first_samples(MatrixD inputs, Index samples) {
  if (inputs.cols() != samples) inputs.conservativeResize(Eigen::NoChange, samples);
  return inputs;
}

}  // namespace

PointTask::PointTask(const Study& study, const GridPoint& point, IndexModel target, DataSet data)
    : target_(std::move(target)),
      inputs_(first_samples(std::move(data.inputs),
                            at(study.configuration.grid.samples, point.samples))),
      // y = f*(x) + tau xi
      labels_(data.target.head(inputs_.cols()) +
              at(study.configuration.grid.noise, point.noise) * data.noise.head(inputs_.cols())),
      population_loss_(study.problem, *study.activation, target_,
                       at(study.configuration.grid.seed, point.seed)),
      task_{.training = study.configuration.training,
            .activation = *study.activation,
            .input_law = study.problem.input_law(),
            .inputs = inputs_,
            .labels = labels_,
            .width = at(study.configuration.grid.width, point.width),
            .seed = at(study.configuration.grid.seed, point.seed)},
      truth_{.problem = study.problem, .target = target_, .population_loss = population_loss_} {}

PointTask draw_point_task(const Study& study, const GridPoint& point) {
  const std::int64_t seed = at(study.configuration.grid.seed, point.seed);
  const IndexModel target = study.problem.index_model(seed);
  return {
      study, point, target,
      study.problem.data_set(target, seed, at(study.configuration.grid.samples, point.samples))};
}

}  // namespace flatgrid
