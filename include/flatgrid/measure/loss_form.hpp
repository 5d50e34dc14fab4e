// SPDX-License-Identifier: MIT
/// The population loss of networks of degree 1 as a quadratic form in their outer weights, and its
/// derivative by the outer weight of a neuron that a network does not have yet.
///
/// For f(x) = sum_j b_j sigma(w_j.x), sigma(z) = alpha z + beta |z|, on Gaussian inputs or the sphere:
///   P = E (f - f*)^2 = b'K b - 2 k.b + E f*^2,
///   K_ij = E sigma(w_i.x) sigma(w_j.x) = rho |u_i| |u_j| (alpha^2 c + beta^2 e(c)),   k_j = E sigma(w_j.x) f*(x),
///   e(c) = E |X Y| = (2/pi) (sqrt(1 - c^2) + c asin c)                           (Cho & Saul 2009)
/// u = C^{1/2} w with the covariance C, c the cosine of u_i and u_j, rho = 1 for Gaussian inputs and
/// r^2/d on the sphere of radius r. With f* = 0 the form is E f^2.
#pragma once

#include <memory>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/circle_slopes.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::measure {

/// c(w) = dP/da of a network with one more neuron (a, w) at a = 0, c(w) = 2 E sigma(w.x) (f(x) - f*(x)):
/// smooth, homogeneous of degree 1. Directions [r] may be coordinates of another basis, w = T (direction).
class LossDerivative;

class LossForm {
 public:
  /// Null `target`: f* = 0. The population loss of `problem` must be a closed form
  /// (population_loss.hpp), and the activation of degree 1.
  LossForm(const problem::Problem& problem, const network::Activation<double>& activation,
           const problem::IndexModel* target);

  /// u_j = C^{1/2} w_j [d, m] of directions [d, m].
  [[nodiscard]] MatrixD isotropic(const MatrixD& directions) const;
  /// K of unit vectors u_j [d, m] with the unit vector u [d], [m]. (2 d + 30) m flops.
  [[nodiscard]] VectorD kernel(const MatrixD& units, const Eigen::Ref<const VectorD>& unit) const;
  /// k_j [m] of unit vectors u_j [d, m].
  [[nodiscard]] VectorD cross(const MatrixD& units) const;
  /// E f*^2
  [[nodiscard]] double target_second_moment() const { return target_second_moment_; }
  /// c of the network sum_j weights_j sigma(u_j.x), units [d, q]; of directions T w, T = `basis` [d, r].
  [[nodiscard]] LossDerivative derivative(const MatrixD& units, const VectorD& weights,
                                          const MatrixD& basis) const;

 private:
  friend class LossDerivative;
  struct Target;

  VectorD roots_;                         ///< of the variances, [d]
  double scale_;                          ///< rho
  double odd_;                            ///< alpha
  double even_;                           ///< beta
  std::shared_ptr<const Target> target_;  ///< null for f* = 0
  double target_second_moment_ = 0;
};

class LossDerivative {
 public:
  /// c(w) of a direction [r]. q (2 r + 30) flops.
  [[nodiscard]] double value(const VectorD& direction) const;
  /// c of directions [r, m], [m].
  [[nodiscard]] VectorD values(const MatrixD& directions) const;
  /// grad c(w) [r].
  [[nodiscard]] VectorD gradient(const VectorD& direction) const;
  /// The slopes on the half circle of w and v [r each], at `nodes` points, an odd number. 30 q flops a node.
  [[nodiscard]] CircleSlopes slopes(const VectorD& w, const VectorD& v, Index nodes) const;

 private:
  friend class LossForm;
  MatrixD metric_;       ///< T'T [r, r]
  MatrixD rows_;         ///< [q, r]: u_j.T w
  VectorD weights_;      ///< [q]: of |u| e(c_j)
  VectorD linear_;       ///< [r]
  MatrixD target_rows_;  ///< [s, r]
  std::shared_ptr<const LossForm::Target> target_;
  double target_weight_ = 0;
};

}  // namespace flatgrid::measure
