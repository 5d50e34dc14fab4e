// SPDX-License-Identifier: MIT
/// The units that networks are trained and polished in.
///
/// The inputs of a law have E ||x||^2 = d; those of a data file have any size, and so have its
/// labels. A file is trained on as x / s and y / t, with the root mean squares over the n samples of
/// the point
///   s = sqrt(mean_i ||x_i||^2 / d),     t = sqrt(mean_i y_i^2).
/// For an activation of degree k the network (a_j, w_j) found there is that of the data with
///   alpha a_j, alpha w_j,     alpha^{k+1} s^k = t:     f(x) = t f_units(x / s),
/// which keeps the balance of |a_j| and ||w_j||, and with it the course of the gradient flow. So a
/// data set times any factors leads to the same networks, scaled, and training.initial-scale,
/// lazy-scale, learning-rate, label-noise, sam-radius, temperature and weight-decay are in these
/// units. Data drawn from a law are trained on as they are: s = t = alpha = 1.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::grid {

class TrainingUnits {
 public:
  /// `task`: that of the data, which must outlive it.
  explicit TrainingUnits(const algorithm::Task& task);
  TrainingUnits(const TrainingUnits&) = delete;
  TrainingUnits& operator=(const TrainingUnits&) = delete;

  /// The task in these units.
  [[nodiscard]] const algorithm::Task& task() const { return task_; }
  /// The network of the data, of one in these units.
  [[nodiscard]] network::Network<double> of_data(network::Network<double> network) const;

 private:
  MatrixD inputs_;         // x / s, [d, n]; empty where s = t = 1
  VectorD labels_;         // y / t, [n]
  double parameters_ = 1;  // alpha
  algorithm::Task task_;
};

}  // namespace flatgrid::grid
