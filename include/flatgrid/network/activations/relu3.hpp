// SPDX-License-Identifier: MIT
/// relu3(z) = max(z, 0)^3, degree 3.
#pragma once

#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::network {

struct Relu3 {
  static constexpr int k_degree = 3;

  template <class Scalar>
  [[nodiscard]] Scalar value(Scalar z) const {
    const Scalar positive = z > Scalar(0) ? z : Scalar(0);
    return positive * positive * positive;
  }
  template <class Scalar>
  [[nodiscard]] Scalar derivative(Scalar z) const {
    const Scalar positive = z > Scalar(0) ? z : Scalar(0);
    return Scalar(3) * (positive * positive);
  }
  template <class Scalar>
  [[nodiscard]] Scalar second_derivative(Scalar z) const {
    return Scalar(6) * (z > Scalar(0) ? z : Scalar(0));
  }
  [[nodiscard]] HalfLinePolynomial polynomial() const {
    return {.right = {0, 0, 0, 1}, .left = {}};
  }
};

}  // namespace flatgrid::network
