// SPDX-License-Identifier: MIT
/// The lower bound on the orbit minimum of all interpolators. The dual of
///   F* = min sum_j |b_j| g(w_j)   subject to   sum_j b_j sigma(X w_j) = y
/// over networks of every width is max l.y subject to |l.sigma(X w)| <= g(w) for all w. So any
/// multipliers l [N] bound the orbit minimum of every interpolator of (X, y) (docs/theory.md):
///   F >= l.y / kappa(l),   kappa(l) = max_w |l.sigma(X w)| / g(w).
#pragma once

#include <cstdint>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// Whether N samples in general position in dimension d have at most 1 million faces that take at most
/// 1 GB: N <= 500 for d = 3, N <= 72 for d = 4, N <= 31 for d = 5.
bool faces_can_be_visited(Index samples, Index dimension);

/// The slopes of an activation of degree 1: sigma(z) = negative z for z < 0; at_zero is sigma'(0) as the
/// measures define it.
struct Slopes {
  double negative;
  double at_zero;
};
Slopes slopes_of(const network::Activation<double>& activation);

/// l.y / kappa(l) with kappa(l) from a search with `starts` starts: an estimate, as the search may miss
/// the highest peak. The arguments are those of `certified_lower_bound` (certificate.hpp).
double estimated_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers, Index starts,
                             std::int64_t seed);

}  // namespace flatgrid::flattest
