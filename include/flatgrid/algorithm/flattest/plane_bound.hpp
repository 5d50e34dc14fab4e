// SPDX-License-Identifier: MIT
/// The upper bound of loss_bound.hpp for two-dimensional inputs, proved for the stored doubles.
///
/// For any functions u_i(x) and multipliers l [N], and every f with f(x_i) = y_i and an orbit minimum of at most R,
///   P(f) = E (f - f*)^2 <= sup_{w, +-} V(w, +-),
///   V(w, +-) = E rho^2 - 2 l.(z - y),   rho = +-R sigma(w.x) / g(w) - f*(x) - u(x).(z - y),   z = +-R sigma(X w) / g(w).
/// With r_w(x) = sigma(w.x) - u(x).sigma(X w) and e = f* - u.y,
///   max_+- V = (R/g)^2 A + 2 (R/g) |B| + E e^2 + 2 l.y,   A = E r_w^2,   B = E r_w e + l.sigma(X w).
///
/// u and f* are sums of a linear function and of multiples of |v_k.x|. In the plane, isotropic after a scaling of the
/// coordinates, w has the angle t and v_k the angle t_k, both in [0, pi) (-w apart), and
///   E |w.x| |v_k.x| = |w| |v_k| (cos d + (2/pi) sign(d) (sin d - d cos d)),   d = t - t_k.
/// On an arc between borders of samples, sigma(X w) is linear in w. So between angles t_k within an arc
///   A = w'(A_0 + t A_1) w,   B = (b_0 + t b_1).w,   g^2 = c^2 w'G w
/// exactly. The coefficients are computed with 50 digits, and rounded to doubles about the middle of the interval. The
/// supremum over the interval is bounded by bisection: from values, derivatives and bounds of second derivatives in
/// doubles, with an allowance for their rounding. On the borders themselves g is lower; they are evaluated one by one.
#pragma once

#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::flattest {

/// Functions u_i(x) = linear_i.x + sum_k kinks_ki |v_k.x|.
struct PlaneFunctions {
  MatrixD linear;      ///< [2, N]
  MatrixD directions;  ///< v_k, [2, m]
  MatrixD kinks;       ///< [m, N]
};

/// The bound, and where V has local maxima: the largest on each arc and border for either sign.
struct PlaneBound {
  double bound;
  MatrixD peaks;  ///< directions [2, q], in the coordinates of the inputs
};

/// What the bound is about: stored samples, the law of inputs, and the target. What is referred to outlives the use.
struct BoundedProblem {
  const MatrixD& inputs;  ///< [d, N]
  const VectorD& labels;  ///< [N]
  const problem::Problem& problem;
  const network::Activation<double>& activation;
  const problem::IndexModel* target;  ///< null: f* = 0
};

/// Whether there is a proof: for d = 2, Gaussian inputs of positive variances or inputs on the circle, an activation of
/// degree 1, and a link that is linear on either side of 0.
bool has_plane_bound(const BoundedProblem& bounded);

/// The supremum for these u, l and R, at most 1e-4 of it too large; infinity if some direction costs nothing.
/// 60 N m sums and products of 50 digits for m kinks in u and f*, each about 0.1 us.
PlaneBound plane_bound(const BoundedProblem& bounded, double budget, const PlaneFunctions& u,
                       const VectorD& multipliers);

}  // namespace flatgrid::flattest
