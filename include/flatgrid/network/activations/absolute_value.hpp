// SPDX-License-Identifier: MIT
/// abs(z) = |z|, degree 1, with abs'(0) = 0.
#pragma once

#include <cmath>

#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::network {

struct AbsoluteValue {
  static constexpr int k_degree = 1;

  template <class Scalar>
  [[nodiscard]] Scalar value(Scalar z) const {
    return std::abs(z);
  }
  template <class Scalar>
  [[nodiscard]] Scalar derivative(Scalar z) const {
    return Scalar(z > Scalar(0)) - Scalar(z < Scalar(0));
  }
  template <class Scalar>
  [[nodiscard]] Scalar second_derivative(Scalar /*z*/) const {
    return Scalar(0);
  }
  [[nodiscard]] HalfLinePolynomial polynomial() const {
    return {.right = {0, 1, 0, 0}, .left = {0, 1, 0, 0}};
  }
};

}  // namespace flatgrid::network
