// SPDX-License-Identifier: MIT
/// The proof of a lower bound, exact for the stored doubles.
///
/// Any multipliers l [N] bound the orbit minimum of every interpolator of (X, y) by
///   F >= l.y / kappa(l),   kappa(l) = max_w |l.sigma(X w)| / g(w)           (lower_bound.hpp),
/// g the gauge of a direction (gauge.hpp). This file computes kappa with integers, without reduction of the
/// data, rotation, joining or tolerances. The argument (docs/theory.md has the full proof):
///
/// 1. Doubles are integers times powers of 2. Scaling a coordinate of X changes w, but not X w. Of the
///    coordinates only r independent ones are kept, r the rank of X (integers.hpp). ||x_i||^2 in g is
///    the norm of the stored sample.
/// 2. Every direction w with X w != 0 lies in the relative interior of one face (P, Z, M) of the
///    arrangement: the samples on which w.x_i is positive, zero, negative. All faces are enumerated with
///    exact signs (faces.hpp). On a face, with D = 1 on P and s on M,
///      R(w) = |q.w| / (c sqrt(w'Gw)),   q = X'D l,   G = X'D^2 X,
///      c^2 = (4/N^2) (sum_P ||x_i||^2 + s^2 sum_M ||x_i||^2 + b sum_Z ||x_i||^2).
///    b = min(sigma'(0)^2, s^2, 1): at most the coefficient in g, so that kappa is not underestimated, and
///    at most the coefficients on P and M, so that c of a lower face in the closure is at most c of this
///    face.
/// 3. Let N be a basis of {w : w.x_i = 0 on Z}. If N'GN is nonsingular, R on the span of the face has one
///    stationary line, w = N (N'GN)^-1 N'q, where R has its maximum R^2 = q'w / c^2. If neither w nor -w
///    is in the closed face, R on the closed face (with c fixed) is greatest on its boundary, that is on
///    lower faces, whose c is at most c of this face: their values are at least as large.
///    If N'GN is singular, R is constant along a direction u of the face's span with D X u = 0. X has
///    rank r, so the closed cone contains no line: moving along u or -u reaches the boundary, with the same
///    R or more. Rays are faces with one-dimensional N; they have no lower faces.
///    A stationary line on the boundary of the closed face is no problem: a lower face contains it and has
///    a value at least as large.
/// 4. So kappa^2 is the largest q'w / c^2 over the faces whose closure contains w or -w. Values are
///    quotients of integers, rounded to 50 decimal digits; l.y is an integer; the bound is rounded down.
///
/// Work: for each of F faces (4 N^2 for r = 3) N r^2 / 16 integer sums, an elimination of r - rank(Z) rows
/// and, if the value is the largest so far, N r products for signs.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// Whether the number of faces of the stored samples [d, N] is within the limit (lower_bound.hpp).
bool can_be_certified(const MatrixD& inputs);

/// l.y / kappa(l) for the stored doubles: no interpolator of inputs [d, N] and labels [N] has a
/// smaller orbit minimum. `slope` is s of sigma(z) = s z (z < 0), `derivative_at_zero` sigma'(0),
/// multipliers [N]. 0 if l.y or kappa is 0 or an argument is not finite. Throws Error if there are too
/// many faces.
double certified_lower_bound(const MatrixD& inputs, const VectorD& labels, double slope,
                             double derivative_at_zero, const VectorD& multipliers);

/// The same for the samples and the activation of a task; the degree must be 1.
double certified_lower_bound(const algorithm::Task& task, const VectorD& multipliers);

}  // namespace flatgrid::flattest
