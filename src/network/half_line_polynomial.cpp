// SPDX-License-Identifier: MIT
#include "flatgrid/network/half_line_polynomial.hpp"

#include <cmath>

namespace flatgrid::network {

double value(const HalfLinePolynomial& g, double z) {
  if (z == 0) return (g.right[0] + g.left[0]) / 2;
  const std::array<double, 4>& side = z > 0 ? g.right : g.left;
  const double t = std::abs(z);
  return side[0] + t * (side[1] + t * (side[2] + t * side[3]));
}

HalfLinePolynomial derivative(const HalfLinePolynomial& g) {
  HalfLinePolynomial result;
  for (std::size_t p = 1; p < 4; ++p) {
    const auto power = static_cast<double>(p);
    result.right[p - 1] = power * g.right[p];
    result.left[p - 1] = -power * g.left[p];  // d|z|/dz = -1
  }
  return result;
}

std::optional<Representation> represent(const HalfLinePolynomial& g,
                                        const HalfLinePolynomial& sigma, int degree) {
  const auto k = static_cast<std::size_t>(degree);
  for (std::size_t p = 0; p < 4; ++p) {
    if (p != k && (g.right[p] != 0 || g.left[p] != 0)) return std::nullopt;
  }
  // The coefficients of |z|^k on either side:
  //   g.right = plus sigma.right + minus sigma.left,  g.left = plus sigma.left + minus sigma.right
  const double right = sigma.right[k];
  const double left = sigma.left[k];
  const double determinant = right * right - left * left;
  if (determinant == 0) {
    // sigma is even or odd (it is not zero): g must be the same, and one neuron is enough.
    if (g.right[k] * left != g.left[k] * right) return std::nullopt;
    return Representation{.plus = g.right[k] / right, .minus = 0};
  }
  return Representation{.plus = (g.right[k] * right - g.left[k] * left) / determinant,
                        .minus = (g.left[k] * right - g.right[k] * left) / determinant};
}

}  // namespace flatgrid::network
