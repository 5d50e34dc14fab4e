// SPDX-License-Identifier: MIT
/// Expectations E[f(X) g(Y)] for any f and g of two correlated coordinates, by expansion in the
/// orthogonal polynomials of one coordinate: Hermite for Gaussian inputs (Mehler's formula),
/// Gegenbauer on the sphere (Funk-Hecke). With orthonormal Q_k, f_k = E[f(X) Q_k(X)] and likewise
/// g_k,
///   E[f(X) g(Y)] = sum_k f_k g_k P_k(c),
/// P_k(c) = c^k for Gaussian inputs and the Legendre polynomial of dimension d on the sphere.
#pragma once

#include <functional>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/gaussian_moments.hpp"

namespace flatgrid::measure {

/// The law of one coordinate X = u . x, ||u|| = 1, of rotation-invariant inputs, and its
/// polynomials.
class ZonalBasis {
 public:
  /// x ~ N(0, I).
  static ZonalBasis gaussian();
  /// x uniform on the sphere of this radius in R^d, d >= 2.
  static ZonalBasis sphere(Index dimension, double radius);

  /// f_k = E[f(X) Q_k(X)], k = 0 .. k_terms - 1, by composite Gauss-Legendre quadrature with a
  /// panel boundary at 0, where f may have a kink or a jump.
  [[nodiscard]] VectorD coefficients(const std::function<double(double)>& f) const;

  /// sum_k coefficients_k P_k(c) and its derivative in c.
  [[nodiscard]] KernelValue<double> evaluate(const VectorD& coefficients, double c) const;

  static constexpr Index k_terms = 600;

 private:
  ZonalBasis(VectorD nodes, VectorD root_weights, Index dimension, double radius);
  /// b_k in x Q_k = b_{k+1} Q_{k+1} + b_k Q_{k-1}.
  [[nodiscard]] double recurrence(Index k) const;

  VectorD nodes_;         ///< quadrature points
  VectorD root_weights_;  ///< square roots of quadrature weight times density
  Index dimension_;       ///< d on the sphere, 0 for Gaussian inputs
  double radius_;
};

}  // namespace flatgrid::measure
