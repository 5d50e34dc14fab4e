// SPDX-License-Identifier: MIT
/// Expectations of products of functions of two correlated variables, in closed form for piecewise
/// polynomials.
///
/// For standard normal X, Y of correlation c, the half-line moments
///   M_pq(c) = E[X^p 1{X>0} Y^q 1{Y>0}],  p, q = 0..3,
/// follow from M_pq' = p q M_{p-1,q-1} (Plackett 1954; p, q >= 1) and M_pq(-1) = 0; with t = arccos
/// c
///   M_00 = (pi - t) / 2pi                                M_01 = (1 + c) / (2 sqrt(2pi))
///   M_02 = (pi - t + c s) / 2pi,   s = sin t             M_03 = (2 + 3c - c^3) / (2 sqrt(2pi))
///   M_11 = (s + (pi - t) c) / 2pi                        M_12 = (1 + c)^2 / (2 sqrt(2pi))
///   M_22 = (3 s c + (pi - t)(1 + 2c^2)) / 2pi            M_13 = 3 M_11 - s^3 / 2pi
///   M_33 = (s (4 + 11c^2) + (pi - t)(9c + 6c^3)) / 2pi   M_23 = (1 + c)^3 / sqrt(2pi)
/// M_kk are the arc-cosine kernels of Cho & Saul (2009).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::measure {

/// Everything the moments of one correlation are made of.
template <class Real>
struct CorrelationAngle {
  Real cosine;  ///< c in [-1, 1]
  Real sine;    ///< s = sqrt(1 - c^2)
  Real open;    ///< pi - arccos c

  explicit CorrelationAngle(const Real& c) : cosine(c) {
    using std::acos;
    using std::sqrt;
    sine = sqrt(std::max<Real>(0, (1 - c) * (1 + c)));
    open = acos(Real(-c));
  }
  /// The angle of (X, -Y).
  [[nodiscard]] CorrelationAngle mirrored(const Real& pi) const {
    CorrelationAngle result(*this);
    result.cosine = -cosine;
    result.open = pi - open;
    return result;
  }
};

/// pi and sqrt(2 pi) to the precision of Real.
template <class Real>
struct CircleConstants {
  Real pi, root_two_pi;
  static const CircleConstants& get() {
    static const CircleConstants constants = [] {
      using std::acos;
      using std::sqrt;
      const Real pi = acos(Real(-1));
      return CircleConstants{pi, sqrt(2 * pi)};
    }();
    return constants;
  }
};

/// M_pq(c), symmetric in p and q.
template <class Real>
Real half_line_moment(int p, int q, const CorrelationAngle<Real>& angle) {
  const auto& [c, s, open] = angle;
  const auto& [pi, root_two_pi] = CircleConstants<Real>::get();
  switch (4 * std::min(p, q) + std::max(p, q)) {
    case 0:
      return open / (2 * pi);
    case 1:
      return (1 + c) / (2 * root_two_pi);
    case 2:
      return (open + c * s) / (2 * pi);
    case 3:
      return (2 + 3 * c - c * c * c) / (2 * root_two_pi);
    case 5:
      return (s + open * c) / (2 * pi);
    case 6:
      return (1 + c) * (1 + c) / (2 * root_two_pi);
    case 7:
      return (3 * (s + open * c) - s * s * s) / (2 * pi);
    case 10:
      return (3 * s * c + open * (1 + 2 * c * c)) / (2 * pi);
    case 11:
      return (1 + c) * (1 + c) * (1 + c) / root_two_pi;
    default:
      return (s * (4 + 11 * c * c) + open * (9 * c + 6 * c * c * c)) / (2 * pi);
  }
}

/// dM_pq/dc; infinite for p = q = 0 at c = +-1.
template <class Real>
Real half_line_moment_slope(int p, int q, const CorrelationAngle<Real>& angle) {
  const auto& [c, s, open] = angle;
  const auto& [pi, root_two_pi] = CircleConstants<Real>::get();
  if (p > 0 && q > 0) return p * q * half_line_moment(p - 1, q - 1, angle);
  switch (std::max(p, q)) {
    case 0:
      return 1 / (2 * pi * s);
    case 1:
      return 1 / (2 * root_two_pi);
    case 2:
      return s / pi;
    default:
      return 3 * s * s / (2 * root_two_pi);
  }
}

/// A kernel k(s, s', c) = E[f(s X) g(s' Y)] and its derivatives.
template <class Real>
struct KernelValue {
  Real value = 0;
  Real by_scale = 0;   ///< in s
  Real by_cosine = 0;  ///< in c
};

/// E[f(s X) g(s' Y)] for piecewise polynomials f and g, a closed form. `radial[p]` multiplies what
/// is homogeneous of degree p in (X, Y): 1 for Gaussian inputs; r^p / E||g||^p on the sphere of
/// radius r, where X = u.x and Y = v.x for unit vectors u, v of cosine c and g is standard normal.
template <class Real>
class MomentKernel {
 public:
  MomentKernel(const network::HalfLinePolynomial& f, const network::HalfLinePolynomial& g,
               const std::array<Real, 7>& radial) {
    for (std::size_t p = 0; p < 4; ++p) {
      for (std::size_t q = 0; q < 4; ++q) {
        const double same = f.right[p] * g.right[q] + f.left[p] * g.left[q];
        const double opposite = f.right[p] * g.left[q] + f.left[p] * g.right[q];
        if (same == 0 && opposite == 0) continue;
        terms_.push_back({static_cast<int>(p), static_cast<int>(q), same * radial[p + q],
                          opposite * radial[p + q]});
      }
    }
  }

  [[nodiscard]] Real value(const Real& s, const Real& s2, const Real& c) const {
    Real sum = 0;
    for_each_moment(s, s2, c,
                    [&](const Term&, const Real& factor, const Real& moment, const auto&) {
                      sum += factor * moment;
                    });
    return sum;
  }

  [[nodiscard]] KernelValue<Real> with_derivatives(const Real& s, const Real& s2,
                                                   const Real& c) const {
    KernelValue<Real> result;
    for_each_moment(
        s, s2, c, [&](const Term& term, const Real& factor, const Real& moment, const auto& slope) {
          result.value += factor * moment;
          result.by_scale += term.p * factor * moment / s;
          result.by_cosine += factor * slope();
        });
    return result;
  }

 private:
  struct Term {
    int p, q;
    Real same, opposite;  ///< coefficients of M_pq(c) and M_pq(-c)
  };

  template <class Visit>
  void for_each_moment(const Real& s, const Real& s2, const Real& c, const Visit& visit) const {
    const CorrelationAngle<Real> angle(c);
    const auto mirrored = angle.mirrored(CircleConstants<Real>::get().pi);
    for (const Term& term : terms_) {
      Real scale = 1;
      for (int power = 0; power < term.p; ++power) scale *= s;
      for (int power = 0; power < term.q; ++power) scale *= s2;
      if (term.same != 0) {
        visit(term, Real(scale * term.same), half_line_moment(term.p, term.q, angle),
              [&] { return half_line_moment_slope(term.p, term.q, angle); });
      }
      if (term.opposite != 0) {
        visit(term, Real(scale * term.opposite), half_line_moment(term.p, term.q, mirrored),
              [&] { return Real(-half_line_moment_slope(term.p, term.q, mirrored)); });
      }
    }
  }

  std::vector<Term> terms_;
};

}  // namespace flatgrid::measure
