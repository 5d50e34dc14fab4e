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
            .network = task.network} {
  if (task.input_law != nullptr) return;
  const double s = unit_of(task.inputs);
  const double t = unit_of(task.labels);
  inputs_ = task.inputs / s;
  labels_ = task.labels / t;
  // alpha = t^{1/(pk+1)} s^{-k/(pk+1)}, not by s^k, which may overflow.
  const double k = task.activation.degree();
  const double power = k * static_cast<double>(task.hidden().size() + 1) + 1;
  parameters_ = std::pow(t, 1 / power) * std::pow(s, -k / power);
}

network::Network<double> TrainingUnits::of_data(network::Network<double> network) const {
  network::for_each_layer([&](auto& layer) { layer *= parameters_; }, network);
  return network;
}

}  // namespace flatgrid::grid
