// SPDX-License-Identifier: MIT
/// relu(z) = max(z, 0), degree 1, with relu'(0) = 0.
#pragma once

#include "flatgrid/network/half_line_polynomial.hpp"

namespace flatgrid::network {

struct Relu {
  static constexpr int k_degree = 1;

  template <class Scalar>
  [[nodiscard]] Scalar value(Scalar z) const {
    return z > Scalar(0) ? z : Scalar(0);
  }
  template <class Scalar>
  [[nodiscard]] Scalar derivative(Scalar z) const {
    return z > Scalar(0) ? Scalar(1) : Scalar(0);
  }
  template <class Scalar>
  [[nodiscard]] Scalar second_derivative(Scalar /*z*/) const {
    return Scalar(0);
  }
  [[nodiscard]] HalfLinePolynomial polynomial() const {
    return {.right = {0, 1, 0, 0}, .left = {}};
  }
};

}  // namespace flatgrid::network
