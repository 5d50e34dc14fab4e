// SPDX-License-Identifier: MIT
/// The master problem: the dual over a pool of directions, kept near a reference.
///
/// With the features Phi [n, m] of the pool, phi_j = sigma(X w_j) / g(w_j),
///   max  l.y - (rho/2) |l - l_ref|^2   subject to  |phi_j.l| <= 1,
/// whose dual is the fit
///   min  sum |b_j| + l_ref.(y - Phi b) + |y - Phi b|^2 / (2 rho),    l = l_ref + (y - Phi b) /
///   rho.
/// Without the proximal term the l of successive pools jump from vertex to vertex of a polytope
/// that says little about the problem where no directions have been found yet.
///
/// Mehrotra's predictor-corrector interior point method (1992) in the form for bounds: slacks
/// s+- = 1 -+ Phi'l stay positive and exact, b = b+ - b-, and a Newton step solves
///   (rho I + Phi diag(b+/s+ + b-/s-) Phi') dl = r,   n x n, n^2 m flops to form, n^3/3 to factor.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// A solution of the master problem.
struct MasterSolution {
  VectorD multipliers;   ///< l [n], strictly feasible over the pool
  VectorD coefficients;  ///< b [m]
  int iterations = 0;
};

/// Solves it to a duality gap of `tolerance` |l.y|. `reference` is l_ref, strictly feasible or 0.
MasterSolution solve_master(const MatrixD& features, const VectorD& labels,
                            const VectorD& reference, double proximity, double tolerance);

}  // namespace flatgrid::flattest
