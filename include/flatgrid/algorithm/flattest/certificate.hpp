// SPDX-License-Identifier: MIT
/// The proof of a lower bound, for the doubles as they are stored.
///
/// Any multipliers l [N] bound the orbit minimum of every interpolator of (X, y) by
///   F >= l.y / kappa(l),   kappa(l) = max_w |l.sigma(X w)| / g(w)           (lower_bound.hpp),
/// g the price of a direction (gauge.hpp). kappa is computed here over integers: there is no reduction
/// of the data, no rotation, no joining and no tolerance. The argument (docs/theory.md has it whole):
///
/// 1. Doubles are integers times powers of 2. Scaling a coordinate of X changes no X w, only w; of
///    dependent coordinates as many are kept as X has rank, r (integers.hpp). ||x_i||^2 in g is that
///    of the stored samples.
/// 2. Every direction w with X w != 0 lies in the relative interior of one face (P, Z, M) of the
///    arrangement, the samples on which w.x_i is positive, zero, negative; all are enumerated with exact
///    signs (faces.hpp). On it, with D = 1 on P and s on M,
///      R(w) = |q.w| / (c sqrt(w'Gw)),   q = X'D l,   G = X'D^2 X,
///      c^2 = (4/N^2) (sum_P ||x_i||^2 + s^2 sum_M ||x_i||^2 + b sum_Z ||x_i||^2).
///    b = min(sigma'(0)^2, s^2, 1): no more than g has, so that kappa is not underestimated, and no more
///    than either side has, so that c of a lower face in the closure is at most c of this one.
/// 3. Let N be a basis of the directions that vanish on Z. If N'GN is regular, R on the face's span has
///    one stationary line, w = N (N'GN)^-1 N'q, with R^2 = q'w / c^2, its maximum. If neither w nor -w
///    is in the closed face, R on the closed face (with c fixed) is greatest on its boundary, that is on
///    lower faces, whose own c is at most this one: they have a value at least as large.
///    If N'GN is singular, R is constant along a direction u of the face's span with D X u = 0. X has
///    rank r, so the closed cone holds no line: along u or -u the boundary is reached, at the same R or
///    more. Rays are faces with one-dimensional N, on which nothing is below.
///    A stationary line on the boundary of the closed face does no harm: its value is attained by the
///    limit, and a lower face has as much.
/// 4. So kappa^2 is the largest q'w / c^2 over the faces whose closure has w or -w. Values are quotients
///    of integers, rounded to 50 decimal digits; l.y is an integer; the bound is rounded down.
///
/// Cost: F faces (4 N^2 for r = 3) of N r^2 / 16 integer sums, an elimination of r - rank(Z) rows and,
/// where the value is the largest so far, N r products for signs.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// Whether all faces of the stored samples [d, N] are few enough to visit (lower_bound.hpp).
bool can_be_certified(const MatrixD& inputs);

/// l.y / kappa(l) for the stored doubles: no interpolator of inputs [d, N] and labels [N] has a
/// smaller orbit minimum. `slope` is s of sigma(z) = s z (z < 0), `derivative_at_zero` sigma'(0),
/// multipliers [N]. 0 where l.y or kappa is 0 or where an argument is not finite. Throws Error if the
/// faces are too many.
double certified_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers);

/// The same for the samples and the activation, of degree 1, of a task.
double certified_lower_bound(const algorithm::Task& task, const VectorD& multipliers);

}  // namespace flatgrid::flattest
