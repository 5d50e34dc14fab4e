// SPDX-License-Identifier: MIT
/// The units of inputs and labels in training and polish.
///
/// The inputs of a law have E ||x||^2 = d; the inputs and labels of a data file have any size. Training
/// on a file uses x / s and y / t, with the root mean squares over the n samples of the point
///   s = sqrt(mean_i ||x_i||^2 / d),     t = sqrt(mean_i y_i^2).
/// For an activation of degree k, a network (a_j, w_j) in these units is the network
///   alpha a_j, alpha w_j,     alpha^{k+1} s^k = t:     f(x) = t f_units(x / s)
/// of the data. With p - 1 linear layers all layers have the factor alpha, alpha^{pk+1} s^k = t. This keeps the balance of |a_j| and ||w_j|| and so the path of the gradient flow.
/// Therefore scaling a data set scales the networks and changes nothing else; training.initial-scale,
/// lazy-scale, learning-rate, label-noise, sam-radius, temperature and weight-decay are in these units.
/// Training on data drawn from a law uses the data themselves: s = t = alpha = 1.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::grid {

class TrainingUnits {
 public:
  /// `task`: the task in the units of the data; must outlive this object.
  explicit TrainingUnits(const algorithm::Task& task);
  TrainingUnits(const TrainingUnits&) = delete;
  TrainingUnits& operator=(const TrainingUnits&) = delete;

  /// The task in these units.
  [[nodiscard]] const algorithm::Task& task() const { return task_; }
  /// Converts a network in these units to the units of the data.
  [[nodiscard]] network::Network<double> of_data(network::Network<double> network) const;

 private:
  MatrixD inputs_;         // x / s, [d, n]; empty where s = t = 1
  VectorD labels_;         // y / t, [n]
  double parameters_ = 1;  // alpha
  algorithm::Task task_;
};

}  // namespace flatgrid::grid
