// SPDX-License-Identifier: MIT
#include "flatgrid/grid/training_units.hpp"

#include <cmath>

namespace flatgrid::grid {

namespace {

/// The root mean square of numbers; 1 if all are zero, when any unit is valid.
double unit_of(Eigen::Ref<const MatrixD> numbers) {
  const double square = numbers.squaredNorm() / static_cast<double>(numbers.size());
  return square > 0 ? std::sqrt(square) : 1;
}

}  // namespace

TrainingUnits::TrainingUnits(const algorithm::Task& task)
    : task_{.training = task.training,
            .activation = task.activation,
            .input_law = task.input_law,
            .inputs = task.input_law != nullptr ? task.inputs : inputs_,
            .labels = task.input_law != nullptr ? task.labels : labels_,
            .width = task.width,
            .seed = task.seed,
            .frozen_bias_scale = task.frozen_bias_scale} {
  if (task.input_law != nullptr) return;
  const double s = unit_of(task.inputs);
  const double t = unit_of(task.labels);
  inputs_ = task.inputs / s;
  labels_ = task.labels / t;
  // alpha = t^{1/(k+1)} s^{-k/(k+1)}, not by s^k, which may overflow.
  const double k = task.activation.degree();
  parameters_ = std::pow(t, 1 / (k + 1)) * std::pow(s, -k / (k + 1));
}

network::Network<double> TrainingUnits::of_data(network::Network<double> network) const {
  network.inner *= parameters_;
  network.outer *= parameters_;
  return network;
}

}  // namespace flatgrid::grid
