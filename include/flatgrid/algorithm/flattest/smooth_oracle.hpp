// SPDX-License-Identifier: MIT
/// Peaks of the dual ratio for activations of degree k > 1.
///
/// A neuron b sigma(w.x) contributes (k+1) k^{-k/(k+1)} (|b| g(w))^{2k/(k+1)} to the orbit minimum,
///   g(w) = A(w)^{1/(2k)} B(w)^{1/2},
///   A(w) = mean sigma(w.x)^2,  B(w) = mean sigma'(w.x)^2 ||x||^2,
/// homogeneous of degree k in w. Multipliers l [n] ask of it for the ratio
///   R(w) = |l.sigma(X w)| / g(w),   kappa(l) = max_w R(w).
/// sigma'(0) = 0, so that R has a continuous gradient wherever some sample sees w,
///   grad R = X (sign(p) l sigma' / g - R (sigma sigma' / (n k A) + sigma' sigma'' ||x||^2 / (n B))),
/// p = l.sigma(X w). Its maxima are found by ascent from many starts: kappa is estimated from below.
#pragma once

#include <cstdint>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/activation.hpp"

namespace flatgrid::flattest {

/// Local maxima of R.
struct SmoothPeaks {
  MatrixD directions;  ///< [d, m], of unit length, no two alike
  VectorD values;      ///< [m], greatest first

  /// kappa(l), as far as it was found.
  [[nodiscard]] double greatest() const { return values.size() > 0 ? values(0) : 0; }
};

/// Evaluates and climbs R over samples [d, n]. What it refers to outlives it.
class SmoothOracle {
 public:
  SmoothOracle(const network::Activation<double>& activation, const MatrixD& inputs);

  /// g(w) of every column of `directions` [d, m]; 0 where no sample sees it. 2 n d m flops.
  [[nodiscard]] VectorD prices(const MatrixD& directions) const;
  /// sigma(X w) / g(w) of every column, [n, m]; 0 where no sample sees it. 2 n d m flops.
  [[nodiscard]] MatrixD features(const MatrixD& directions) const;
  /// R(w), and its gradient [d] if asked for. 4 n d flops.
  double ratio(const VectorD& multipliers, const VectorD& w, VectorD* gradient) const;

  /// The local maximum of R above a start; w becomes it, of unit length. Some 20 to 60 ratios.
  double climb(const VectorD& multipliers, VectorD& w) const;
  /// The local maxima above the columns of `starts` [d, m].
  [[nodiscard]] SmoothPeaks peaks(const VectorD& multipliers, const MatrixD& starts) const;

 private:
  const network::Activation<double>& activation_;
  const MatrixD& inputs_;
  VectorD squared_norms_;  ///< ||x_i||^2
  double degree_;
};

/// `count` directions on the sphere in R^d, of a stream that they alone use.
MatrixD random_directions(std::int64_t seed, std::uint64_t draw, Index dimension, Index count);

}  // namespace flatgrid::flattest
