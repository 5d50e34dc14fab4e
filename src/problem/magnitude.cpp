// SPDX-License-Identifier: MIT
#include "flatgrid/problem/magnitude.hpp"

#include <fmt/format.h>

namespace flatgrid::problem {

namespace {

/// Sums of squares from the least to the largest, with room for products with the weights of a network
/// and for the interpolation tolerance.
constexpr double k_least_squares = 1e-304;
constexpr double k_most_squares = 1e306;

}  // namespace

std::string magnitude_fault(Eigen::Ref<const MatrixD> numbers) {
  const double squares = numbers.squaredNorm();
  if (squares >= k_least_squares && squares <= k_most_squares) return {};
  const double largest = numbers.size() > 0 ? numbers.cwiseAbs().maxCoeff() : 0;
  if (largest == 0) return {};
  return fmt::format("numbers up to {:.3g}, whose squares {} in double precision", largest,
                     largest < 1 ? "vanish" : "overflow");
}

}  // namespace flatgrid::problem
