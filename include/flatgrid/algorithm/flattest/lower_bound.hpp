// SPDX-License-Identifier: MIT
/// What no interpolator goes below: the dual of
///   F* = min sum_j |b_j| g(w_j)   subject to   sum_j b_j sigma(X w_j) = y
/// over networks of every width is max l.y subject to |l.sigma(X w)| <= g(w) for all w, so that any
/// multipliers l [N] bound the orbit minimum of every interpolator of (X, y), by docs/theory.md:
///   F >= l.y / kappa(l),   kappa(l) = max_w |l.sigma(X w)| / g(w).
#pragma once

#include <cstdint>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// Whether all faces of N samples in general position in dimension d are few enough to visit: at
/// most 1 million of them, in at most 1 GB: N <= 500 for d = 3, N <= 72 for d = 4, N <= 31 for d
/// = 5.
bool faces_can_be_visited(Index samples, Index dimension);

/// An activation of degree 1: sigma(z) = slope z for z < 0, and sigma'(0) of the measures.
struct Slopes {
  double negative;
  double at_zero;
};
Slopes slopes_of(const network::Activation<double>& activation);

/// The same with kappa(l) by search from `starts` starts: an estimate, as the search may miss the
/// highest peak.
double estimated_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers, Index starts,
                             std::int64_t seed);

}  // namespace flatgrid::flattest
