// SPDX-License-Identifier: MIT
/// quadratic(z) = z^2, degree 2.
#pragma once

#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::network {

struct Quadratic {
  static constexpr int k_degree = 2;

  template <class Scalar>
  [[nodiscard]] Scalar value(Scalar z) const {
    return z * z;
  }
  template <class Scalar>
  [[nodiscard]] Scalar derivative(Scalar z) const {
    return Scalar(2) * z;
  }
  template <class Scalar>
  [[nodiscard]] Scalar second_derivative(Scalar /*z*/) const {
    return Scalar(2);
  }
  [[nodiscard]] HalfLinePolynomial polynomial() const {
    return {.right = {0, 0, 1, 0}, .left = {0, 0, 1, 0}};
  }
};

}  // namespace flatgrid::network
