// SPDX-License-Identifier: MIT
/// leaky-relu(z) = z for z > 0 and slope z for z <= 0, degree 1. Its derivative at 0 is the slope:
/// with slope 0 it is relu also there, with slope 1 the identity.
#pragma once

#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::network {

struct LeakyRelu {
  static constexpr int k_degree = 1;
  double slope;  ///< on the negative side, in [0, 1]

  template <class Scalar>
  [[nodiscard]] Scalar value(Scalar z) const {
    return derivative(z) * z;
  }
  template <class Scalar>
  [[nodiscard]] Scalar derivative(Scalar z) const {
    return z > Scalar(0) ? Scalar(1) : static_cast<Scalar>(slope);
  }
  template <class Scalar>
  [[nodiscard]] Scalar second_derivative(Scalar /*z*/) const {
    return Scalar(0);
  }
  [[nodiscard]] HalfLinePolynomial polynomial() const {
    return {.right = {0, 1, 0, 0}, .left = {0, -slope, 0, 0}};
  }
};

}  // namespace flatgrid::network
