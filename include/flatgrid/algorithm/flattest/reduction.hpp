// SPDX-License-Identifier: MIT
/// Any data as samples in general enough position, without changing the problem.
///
/// - A zero sample is fitted by no network unless its label is 0, and then by all: it goes (it
///   still counts in N).
/// - Samples on one ray, x_k = r_k u, all ask for the same: y_k = r_k t. Together they are one
///   sample R u with label R t, R^2 = sum r_k^2: the sums of sigma(w.x)^2 and of ||x||^2 are the
///   same. For abs opposite rays are one.
/// - Samples are written in coordinates in which their directions have orthonormal coordinates ("white"),
///   as many as they have dimensions of an extent above `least_extent`: nearly dependent samples, or columns in unlike units, are
///   then as good as any. F knows only X w and ||x_i||, and ||x_i|| is kept as it was.
/// - Opposite rays +-u: sigma(u.w) - sigma(-u.w) = (1 + s) u.w is linear. Of more such pairs than
///   their lines have dimensions, the labels of some follow from the others': these rows are not
///   imposed.
/// Inputs, their coordinates and labels are scaled by powers of 2 to order 1.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/algorithm/flattest/gauge.hpp"

namespace flatgrid::flattest {

/// A dimension of the samples' directions with less than this share of the greatest extent is rounding.
inline constexpr double k_rounding_extent = 4e-15;

/// Samples [d, N] and labels [N] reduced to samples [r, n].
struct Reduction {
  Samples samples;
  VectorD labels;              ///< [n]
  std::vector<Index> imposed;  ///< the rows that are imposed, all but what follows from them
  MatrixD basis;               ///< [d, r]: a direction w [r] stands for basis w
  std::vector<Index> first;    ///< [n]: the first sample on each ray
  std::vector<Index> ray;      ///< [N]: which reduced sample each belongs to, -1 for a zero one
  VectorD share;               ///< [N]: r_k / R
  double input_unit = 1;       ///< ||x_i|| = input_unit * that of what the samples stand for
  double label_unit = 1;
  double cost_unit = 1;  ///< the cost of the data's networks / that of the reduced problem's
  std::string obstacle;  ///< why no network fits these labels, or empty

  /// Multipliers [N] of the data from those of the reduced problem, and back.
  [[nodiscard]] VectorD expanded(const VectorD& multipliers) const;
  [[nodiscard]] VectorD reduced(const VectorD& multipliers) const;
};

/// With the gauge of flatness or of the path norm (gauge.hpp). `slope` is s, `square_at_zero` what
/// sigma'(0)^2 counts. Labels that no network fits leave an obstacle; the rest of the reduction stands
/// all the same. `least_extent`: the share of the greatest extent below which a dimension is left out,
/// k_rounding_extent at least.
Reduction reduce(const MatrixD& inputs, const VectorD& labels, double slope, double square_at_zero,
                 double least_extent = k_rounding_extent, GaugeKind gauge = GaugeKind::flatness);

}  // namespace flatgrid::flattest
