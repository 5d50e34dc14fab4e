// SPDX-License-Identifier: MIT
/// relu2(z) = max(z, 0)^2, degree 2, with relu2''(0) = 0.
#pragma once

#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::network {

struct Relu2 {
  static constexpr int k_degree = 2;

  template <class Scalar>
  [[nodiscard]] Scalar value(Scalar z) const {
    const Scalar positive = z > Scalar(0) ? z : Scalar(0);
    return positive * positive;
  }
  template <class Scalar>
  [[nodiscard]] Scalar derivative(Scalar z) const {
    return Scalar(2) * (z > Scalar(0) ? z : Scalar(0));
  }
  template <class Scalar>
  [[nodiscard]] Scalar second_derivative(Scalar z) const {
    return z > Scalar(0) ? Scalar(2) : Scalar(0);
  }
  [[nodiscard]] HalfLinePolynomial polynomial() const {
    return {.right = {0, 0, 1, 0}, .left = {}};
  }
};

}  // namespace flatgrid::network
