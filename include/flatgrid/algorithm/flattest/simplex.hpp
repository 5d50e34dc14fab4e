// SPDX-License-Identifier: MIT
/// The least cost of an exact fit over a pool: a simplex method for
///   min sum |b_j|  subject to  Phi b = y,        dual: max l.y subject to |phi_j.l| <= 1.
///
/// b may have either sign, so every basis of n independent features is feasible: l solves
/// B'l = sign(b_B), and a feature with |phi_j.l| > 1 enters. Along its edge the cost is convex and
/// piecewise linear, with kinks where basic coefficients change sign; the exact minimum of that is
/// where one of them leaves (a long step: many may change sign on the way). At the end at most n
/// coefficients are not 0, the fit is exact, and l is feasible over the pool.
///
/// Noise-free labels are the fit of a few features, most basic coefficients 0: degenerate. All are
/// perturbed while the method runs, first by 1e-5 of their mean with random signs, then, keeping
/// the signs that came of it, by 1e-7; the labels' own coefficients are computed at the end.
#pragma once

#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// An optimal basis over a pool.
struct SimplexSolution {
  bool independent = false;  ///< whether the pool has a basis; if not, nothing else is set
  std::vector<Index> basis;  ///< [n] columns of the pool
  VectorD coefficients;      ///< b_B [n], exact for the labels
  VectorD multipliers;       ///< l [n]
  double cost = 0;           ///< sum |b|
  int pivots = 0;
};

/// Independent columns of features [n, m], early in descending |weights| [m]: elimination that
/// takes a column as soon as what is left of it is not small. n of them if the features span.
std::vector<Index> independent_columns(const MatrixD& features, const VectorD& weights);

/// Starts from the basis `start` (if it is one), else from the independent columns that come first
/// in descending |weights| [m].
SimplexSolution solve_simplex(const MatrixD& features, const VectorD& labels,
                              const std::vector<Index>& start, const VectorD& weights);

}  // namespace flatgrid::flattest
