// SPDX-License-Identifier: MIT
/// Reduces any data to samples of which no two are on one ray, without changing the problem.
///
/// - Zero samples: every network is 0 on them, so their labels must be 0. They are removed but still count
///   in N.
/// - Samples on one ray, x_k = r_k u, can only be fitted if y_k = r_k t. They are replaced by one sample R u
///   with label R t, R^2 = sum r_k^2, which keeps the sums of sigma(w.x)^2 and of ||x||^2. For abs opposite
///   rays count as one.
/// - Samples are written in coordinates in which their directions are white (identity covariance), one for
///   each dimension of an extent above `least_extent`. So nearly dependent samples and columns in different
///   units are no numerical problem. F depends only on X w and ||x_i||, and ||x_i|| keeps its value.
/// - Opposite rays +-u: sigma(u.w) - sigma(-u.w) = (1 + s) u.w is linear. If there are more such pairs than
///   dimensions of their span, the labels of some pairs follow from the others: these rows are not imposed.
/// Inputs, their coordinates and labels are scaled by powers of 2 to order 1.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/algorithm/flattest/gauge.hpp"

namespace flatgrid::flattest {

/// A dimension of the samples' directions below this share of the greatest extent counts as rounding error.
inline constexpr double k_rounding_extent = 4e-15;

/// Samples [d, N] and labels [N] reduced to samples [r, n].
struct Reduction {
  Samples samples;
  VectorD labels;              ///< [n]
  std::vector<Index> imposed;  ///< the imposed rows; the other rows follow from them
  MatrixD basis;               ///< [d, r]: the direction w [r] is basis w in the data's coordinates
  std::vector<Index> first;    ///< [n]: the first sample on each ray
  std::vector<Index> ray;      ///< [N]: the reduced sample of each sample, -1 for a zero sample
  VectorD share;               ///< [N]: r_k / R
  double input_unit = 1;       ///< ||x_i|| of the data / ||x_i|| of the reduced problem
  double label_unit = 1;
  double cost_unit = 1;  ///< cost of a network of the data / its cost in the reduced problem
  std::string obstacle;  ///< why no network fits these labels, or empty

  /// Multipliers [N] of the data from multipliers of the reduced problem, and the inverse.
  [[nodiscard]] VectorD expanded(const VectorD& multipliers) const;
  [[nodiscard]] VectorD reduced(const VectorD& multipliers) const;
};

/// Reduces inputs [d, N] and labels [N]. `gauge`: flatness or path norm (gauge.hpp); `slope` is s,
/// `square_at_zero` the value to use for sigma'(0)^2. If no network fits the labels, sets `obstacle`; the
/// rest of the reduction is valid. Drops dimensions below the share `least_extent` >= k_rounding_extent of
/// the greatest extent.
Reduction reduce(const MatrixD& inputs, const VectorD& labels, double slope, double square_at_zero,
                 double least_extent = k_rounding_extent, GaugeKind gauge = GaugeKind::flatness);

}  // namespace flatgrid::flattest
