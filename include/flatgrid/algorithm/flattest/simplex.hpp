// SPDX-License-Identifier: MIT
/// The cheapest exact fit over a pool, by a simplex method for
///   min sum |b_j|  subject to  Phi b = y,        dual: max l.y subject to |phi_j.l| <= 1.
///
/// b may have either sign, so every basis of n independent features is feasible: l solves
/// B'l = sign(b_B), and a feature with |phi_j.l| > 1 enters. Along its edge the cost is convex and
/// piecewise linear, with kinks where basic coefficients change sign. The basic coefficient that is 0 at the
/// minimum leaves the basis (a long step: many coefficients may change sign before). At the end at most n
/// coefficients are not 0, the fit is exact, and l is feasible over the pool.
///
/// Noise-free labels can be a combination of a few features; then most basic coefficients are 0
/// (degeneracy). Therefore the method perturbs all basic coefficients, first by 1e-5 of their mean with
/// random signs, then by 1e-7 with the resulting signs, and computes the coefficients of the unperturbed
/// labels at the end.
#pragma once

#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// An optimal basis over a pool.
struct SimplexSolution {
  bool independent = false;  ///< whether the pool has a basis; if not, nothing else is set
  std::vector<Index> basis;  ///< B: [n] columns of the pool
  VectorD coefficients;      ///< b_B [n], exact for the labels
  VectorD multipliers;       ///< l [n]
  double cost = 0;           ///< sum |b|
  int pivots = 0;
};

/// Independent columns of features [n, m], preferably of large |weights| [m]: tries the columns in
/// descending |weights| and accepts a column if it is not small after elimination. n columns if the
/// features span R^n.
std::vector<Index> independent_columns(const MatrixD& features, const VectorD& weights);

/// Minimizes over features Phi [n, m] and labels y [n]. Starts from the columns `start` if they are n, which must then
/// be independent, else from `independent_columns`.
SimplexSolution solve_simplex(const MatrixD& features, const VectorD& labels,
                              const std::vector<Index>& start, const VectorD& weights);

}  // namespace flatgrid::flattest
