// SPDX-License-Identifier: MIT
/// Peaks of the dual ratio for activations of degree k > 1.
///
/// A neuron b sigma(w.x) contributes (k+1) k^{-k/(k+1)} (|b| g(w))^{2k/(k+1)} to the orbit minimum,
///   g(w) = A(w)^{1/(2k)} B(w)^{1/2},
///   A(w) = mean sigma(w.x)^2,  B(w) = mean sigma'(w.x)^2 ||x||^2,
/// homogeneous of degree k in w. The dual ratio of multipliers l [n] is
///   R(w) = |l.sigma(X w)| / g(w),   kappa(l) = max_w R(w).
/// sigma'(0) = 0, so R has a continuous gradient at every w with g(w) > 0,
///   grad R = X (sign(p) l sigma' / g - R (sigma sigma' / (n k A) + sigma' sigma'' ||x||^2 / (n B))),
/// p = l.sigma(X w). Ascent from many starts finds its maxima: the estimate of kappa may be too low.
#pragma once

#include <cstdint>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/activation.hpp"

namespace flatgrid::flattest {

/// Local maxima of R.
struct SmoothPeaks {
  MatrixD directions;  ///< [d, m], of unit length, no two alike
  VectorD values;      ///< [m], in descending order

  /// The greatest value found, an estimate of kappa(l).
  [[nodiscard]] double greatest() const { return values.size() > 0 ? values(0) : 0; }
};

/// Evaluates and maximizes R over samples [d, n]. The constructor's arguments must outlive it.
class SmoothOracle {
 public:
  SmoothOracle(const network::Activation<double>& activation, const MatrixD& inputs);

  /// g(w) of every column of `directions` [d, m]; 0 if sigma(w.x_i) = 0 for all samples. 2 n d m flops.
  [[nodiscard]] VectorD gauge_values(const MatrixD& directions) const;
  /// sigma(X w) / g(w) of every column, [n, m]; 0 if g(w) = 0. 2 n d m flops.
  [[nodiscard]] MatrixD features(const MatrixD& directions) const;
  /// R(w), and its gradient [d] unless `gradient` is null. 4 n d flops.
  double ratio(const VectorD& multipliers, const VectorD& w, VectorD* gradient) const;

  /// The local maximum of R reached from the start w; w becomes its unit direction. About 20 to 60
  /// evaluations of R.
  double climb(const VectorD& multipliers, VectorD& w) const;
  /// The local maxima reached from the columns of `starts` [d, m].
  [[nodiscard]] SmoothPeaks peaks(const VectorD& multipliers, const MatrixD& starts) const;

 private:
  const network::Activation<double>& activation_;
  const MatrixD& inputs_;
  VectorD squared_norms_;  ///< ||x_i||^2
  double degree_;
};

/// `count` random unit vectors in R^d, from the random stream `draw`, which is used for nothing else.
MatrixD random_directions(std::int64_t seed, std::uint64_t draw, Index dimension, Index count);

}  // namespace flatgrid::flattest
