// SPDX-License-Identifier: MIT
/// Expectations of products of functions of two neurons with biases over Gaussian inputs, in closed form for
/// piecewise polynomials.
///
/// z = s U + b and z' = s' V + b' with standard normal U, V of correlation c, thresholds h = -b/s and
/// k = -b'/s', phi and P density and upper tail of N(0, 1). The half-line moments
///   M_pq = E[z^p 1{z>0} z'^q 1{z'>0}],  p, q = 0..3,
/// follow from Stein's identity E[U F] = E[dF/dU] + c E[dF/dV] with F = z^{p-1} 1{z>0} z'^q 1{z'>0}:
///   M_pq = b M_{p-1,q} + s^2 (p-1) M_{p-2,q} + s s' c q M_{p-1,q-1}
///        + s phi(h) E[z'_+^q | z = 0]      (p = 1)
///        + s c phi(k) E[z_+^{p-1} | z' = 0]    (q = 0)
/// and from M_00 by Owen's T function (Owen 1956): with c1 = (k - c h) / sin t, c2 = (h - c k) / sin t, c = cos t,
///   M_00 = (P(h) + P(k)) / 2 - T(h, c1/h) - T(k, c2/k) - [1/2 if hk < 0, or hk = 0 and h + k < 0],
/// T(0, +-inf) = +-1/4; (pi - t) / 2pi for h = k = 0.
/// All M_pq are accurate to rounding errors of (s^2 + b^2)^{p/2} (s'^2 + b'^2)^{q/2}, also for neurons that
/// almost coincide.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/gaussian_moments.hpp"
#include "flatgrid/measure/normal_distribution.hpp"
#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::measure {

/// phi(x), the density of N(0, 1).
template <class Real>
Real normal_density(const Real& x) {
  using std::exp;
  return exp(Real(-x * x / 2)) / CircleConstants<Real>::get().root_two_pi;
}

/// Owen's T(h, a) for h >= 0 and 0 <= a <= 1, in extended precision:
/// 2 pi T(h, a) = atan(a) - sum_j (-1)^j a^{2j+1} / (2j+1) r_j, with the remainders
/// r_j = 1 - exp(-x) sum_{i<=j} x^i / i!, x = h^2/2 (Patefield and Tandy 2000, T1). boost::math::owens_t takes a
/// hundred times as long. Error: a few epsilon, absolute.
template <class Real>
Real owens_t_below_1(const Real& h, const Real& a) {
  using std::abs;
  using std::atan;
  using std::exp;
  const Real x = h * h / 2;
  // 4 T(h, a) < exp(-x)
  if (x > 90) return Real(0);
  Real term = exp(Real(-x));
  Real remainder = 1 - term;
  Real power = a;
  Real sum = 0;
  for (int j = 0; abs(power * remainder) > std::numeric_limits<Real>::epsilon() / 16; ++j) {
    sum += power * remainder / (2 * j + 1);
    term *= x / (j + 1);
    remainder -= term;
    power *= -a * a;
  }
  return (atan(a) - sum) / (2 * CircleConstants<Real>::get().pi);
}

/// E z_+^q, q = 0..3, of a normal z with this mean and deviation; `tail` = P(z > 0), `density` = phi(mean / deviation).
template <class Real>
std::array<Real, 4> rectified_moments(const Real& mean, const Real& deviation, const Real& tail,
                                      const Real& density) {
  std::array<Real, 4> moments;
  moments[0] = tail;
  moments[1] = mean * moments[0] + deviation * density;
  for (std::size_t q = 2; q < 4; ++q) {
    moments[q] = mean * moments[q - 1] + deviation * deviation * double(q - 1) * moments[q - 2];
  }
  return moments;
}

/// The correlation c of U and V.
template <class Real>
struct Correlation {
  Real cosine;     ///< c
  Real one_minus;  ///< 1 - c, with a small relative error
  Real one_plus;   ///< 1 + c, likewise

  /// From unit vectors u and v with U = u.x, V = v.x: 1 - c = |u - v|^2 / 2.
  template <class Row>
  static Correlation of(const Row& u, const Row& v) {
    Real sum = 0;
    for (Index k = 0; k < u.size(); ++k) sum += u(k) * v(k);
    const bool acute = sum >= 0;
    Real square = 0;
    for (Index k = 0; k < u.size(); ++k) {
      const Real difference = acute ? u(k) - v(k) : u(k) + v(k);
      square += difference * difference;
    }
    const Real small = std::min(Real(square / 2), Real(1));
    return acute ? Correlation{Real(1 - small), small, Real(2 - small)}
                 : Correlation{Real(small - 1), Real(2 - small), small};
  }
  /// Of a variable with itself.
  static Correlation full() { return {Real(1), Real(0), Real(2)}; }
  /// Of U and -V.
  [[nodiscard]] Correlation mirrored() const { return {Real(-cosine), one_plus, one_minus}; }
  /// sin t
  [[nodiscard]] Real sine() const {
    using std::sqrt;
    return sqrt(Real(one_minus * one_plus));
  }
};

/// z = s U + b.
template <class Real>
struct Preactivation {
  Real scale;      ///< s >= 0
  Real shift;      ///< b
  Real threshold;  ///< h, at most k_far in absolute value
  Real tail;       ///< P(h)
  Real density;    ///< phi(h)
  bool is_far;     ///< whether h was cut: z has one sign, up to exp(-800)

  static constexpr double k_far = 40;

  Preactivation(const Real& s, const Real& b) : scale(s), shift(b) {
    using std::abs;
    is_far = !(abs(b) < k_far * s);
    threshold = !is_far ? Real(-b / s) : b > 0 ? Real(-k_far) : Real(k_far);
    tail = upper_tail(threshold);
    density = normal_density(threshold);
  }
  /// E z_+^q, q = 0..3.
  [[nodiscard]] std::array<Real, 4> moments() const {
    return rectified_moments(shift, scale, tail, density);
  }
  /// -z, as a function of -U.
  [[nodiscard]] Preactivation mirrored() const {
    Preactivation result = *this;
    result.shift = -shift;
    result.threshold = -threshold;
    result.tail = 1 - tail;
    return result;
  }
};

/// M_pq for p <= `most_p` and q <= `most_q`.
template <class Real>
class ShiftedMoments {
 public:
  ShiftedMoments(const Preactivation<Real>& one, const Preactivation<Real>& other,
                 const Correlation<Real>& correlation, int most_p, int most_q) {
    const Real sine = correlation.sine();
    // k - c h and h - c k, from the same k - h, so that its rounding errors cancel in M_00.
    const Real& h = one.threshold;
    const Real& k = other.threshold;
    const bool acute = correlation.cosine >= 0;
    const Real beyond_h = acute ? Real((k - h) + h * correlation.one_minus)
                                : Real((k + h) - h * correlation.one_plus);
    const Real beyond_k = acute ? Real((h - k) + k * correlation.one_minus)
                                : Real((h + k) - k * correlation.one_plus);
    const Real c1 = ratio(beyond_h, sine);
    const Real c2 = ratio(beyond_k, sine);
    const Real tail_c1 = upper_tail(c1);
    const Real tail_c2 = upper_tail(c2);
    moments_[0][0] = quadrant(one, other, correlation, sine, {c1, tail_c1}, {c2, tail_c2});
    // phi(h) E[z'_+^q | z = 0] and phi(k) E[z_+^p | z' = 0]
    const Powers at_h = conditional(one, other, correlation, sine, beyond_h, c1, tail_c1);
    const Powers at_k = conditional(other, one, correlation, sine, beyond_k, c2, tail_c2);
    for (int p = 0; p <= most_p; ++p) {
      for (int q = 0; q <= most_q; ++q) {
        if (p == 0 && q == 0) continue;
        // By the identity for U, or for V if p = 0.
        const Real value =
            p > 0 ? reduced(
                        one, other, correlation, p, q,
                        [&](int i, int j) -> const Real& { return at(i, j); }, at_h, at_k)
                  : reduced(
                        other, one, correlation, q, p,
                        [&](int i, int j) -> const Real& { return at(j, i); }, at_k, at_h);
        moments_[std::size_t(p)][std::size_t(q)] = value;
      }
    }
  }

  [[nodiscard]] const Real& operator()(int p, int q) const { return at(p, q); }

 private:
  using Powers = std::array<Real, 4>;
  struct Bound {
    Real value;  ///< c1 or c2
    Real tail;
  };

  [[nodiscard]] const Real& at(int p, int q) const {
    return moments_[std::size_t(p)][std::size_t(q)];
  }

  /// 0 for 0 / 0.
  static Real ratio(const Real& numerator, const Real& sine) {
    return numerator == 0 ? Real(0) : Real(numerator / sine);
  }

  /// M_pq from moments of smaller p; p >= 1.
  template <class At>
  static Real reduced(const Preactivation<Real>& one, const Preactivation<Real>& other,
                      const Correlation<Real>& correlation, int p, int q, const At& before,
                      const Powers& at_h, const Powers& at_k) {
    Real by_u = p > 1 ? Real(one.scale * (p - 1) * before(p - 2, q)) : at_h[std::size_t(q)];
    const Real by_v =
        q > 0 ? Real(other.scale * q * before(p - 1, q - 1)) : at_k[std::size_t(p - 1)];
    by_u += correlation.cosine * by_v;
    return one.shift * before(p - 1, q) + one.scale * by_u;
  }

  /// phi(h) E[z'_+^q | z = 0]: given U = h, z' is normal with mean s' c h + b' and deviation s' sin t.
  static Powers conditional(const Preactivation<Real>& one, const Preactivation<Real>& other,
                            const Correlation<Real>& correlation, const Real& sine,
                            const Real& beyond, const Real& c, const Real& tail) {
    if (one.density == 0) return Powers{};
    const Real mean = other.is_far
                          ? Real(other.shift + other.scale * correlation.cosine * one.threshold)
                          : Real(-other.scale * beyond);
    Powers moments = rectified_moments(mean, Real(other.scale * sine), tail, normal_density(c));
    for (Real& moment : moments) moment *= one.density;
    return moments;
  }

  /// T(h, c/h) from P(h) and P(c).
  static Real owen(const Preactivation<Real>& one, const Bound& c) {
    using std::abs;
    if (c.value == 0) return Real(0);
    const Real h = abs(one.threshold);
    const Real size = abs(c.value);
    const bool same_sign = (one.threshold < 0) == (c.value < 0);
    Real t;
    if (size <= h) {
      t = owens_t_below_1(h, Real(size / h));
    } else {
      const Real tail_h = one.threshold < 0 ? Real(1 - one.tail) : one.tail;
      const Real tail_c = c.value < 0 ? Real(1 - c.tail) : c.tail;
      t = (tail_h + tail_c) / 2 - tail_h * tail_c - owens_t_below_1(size, Real(h / size));
    }
    return same_sign ? t : Real(-t);
  }

  /// M_00 = P(U > h, V > k).
  static Real quadrant(const Preactivation<Real>& one, const Preactivation<Real>& other,
                       const Correlation<Real>& correlation, const Real& sine, const Bound& c1,
                       const Bound& c2) {
    using std::atan2;
    const Real& h = one.threshold;
    const Real& k = other.threshold;
    if (sine == 0) {
      return correlation.cosine > 0 ? std::min(one.tail, other.tail)
                                    : std::max(Real(one.tail + other.tail - 1), Real(0));
    }
    if (h == 0 && k == 0) {
      const Real& pi = CircleConstants<Real>::get().pi;
      return (pi - atan2(sine, correlation.cosine)) / (2 * pi);
    }
    const bool opposite = (h < 0 && k > 0) || (h > 0 && k < 0) || ((h == 0 || k == 0) && h + k < 0);
    return (one.tail + other.tail) / 2 - owen(one, c1) - owen(other, c2) - (opposite ? 0.5 : 0.0);
  }

  std::array<Powers, 4> moments_{};
};

/// E[f(z) g(z')] for piecewise polynomials f and g.
template <class Real>
class ShiftedKernel {
 public:
  ShiftedKernel(const network::HalfLinePolynomial& f, const network::HalfLinePolynomial& g)
      : f_(f), g_(g) {}

  [[nodiscard]] Real value(const Preactivation<Real>& one, const Preactivation<Real>& other,
                           const Correlation<Real>& correlation) const {
    Real sum = 0;
    for (const bool left : {false, true}) {
      for (const bool other_left : {false, true}) {
        const Coefficients& f = left ? f_.left : f_.right;
        const Coefficients& g = other_left ? g_.left : g_.right;
        const int most_p = degree(f);
        const int most_q = degree(g);
        if (most_p < 0 || most_q < 0) continue;
        const ShiftedMoments<Real> moments(
            left ? one.mirrored() : one, other_left ? other.mirrored() : other,
            left == other_left ? correlation : correlation.mirrored(), most_p, most_q);
        for (int p = 0; p <= most_p; ++p) {
          for (int q = 0; q <= most_q; ++q) {
            if (const double weight = f[std::size_t(p)] * g[std::size_t(q)]; weight != 0)
              sum += weight * moments(p, q);
          }
        }
      }
    }
    return sum;
  }

 private:
  using Coefficients = std::array<double, 4>;

  /// The largest power with a coefficient other than 0; -1 if there is none.
  static int degree(const Coefficients& polynomial) {
    int p = 3;
    while (p >= 0 && polynomial[std::size_t(p)] == 0) --p;
    return p;
  }

  network::HalfLinePolynomial f_, g_;
};

}  // namespace flatgrid::measure
