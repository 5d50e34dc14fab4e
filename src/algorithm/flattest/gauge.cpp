// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/gauge.hpp"

#include <cmath>

namespace flatgrid {

Samples make_samples(const MatrixD& inputs, double slope, double square_at_zero, double scale) {
  return {.inputs = inputs,
          .rows = inputs.transpose(),
          .norms = inputs.colwise().norm(),
          .squared_norms = inputs.colwise().squaredNorm(),
          .border = k_border * inputs.colwise().norm(),
          .slope = slope,
          .square_at_zero = square_at_zero,
          .scale = scale};
}

Side side_of(const Samples& samples, const VectorD& direction) {
  const VectorD z = samples.rows * direction;
  return (z.array() > k_border * direction.norm() * samples.norms.array()).cast<std::uint8_t>();
}

double squared_price(const Samples& samples, const Eigen::Ref<const Side>& side) {
  const double square = samples.slope * samples.slope;
  double plus = 0;
  double minus = 0;
  for (Index i = 0; i < samples.size(); ++i)
    (side(i) != 0 ? plus : minus) += samples.squared_norms(i);
  return samples.scale * samples.scale * (plus + square * minus);
}

VectorD feature(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                const Eigen::Ref<const Side>& side) {
  VectorD value = samples.rows * direction;
  // sigma(z_i) = D_i z_i
  for (Index i = 0; i < value.size(); ++i)
    if (side(i) == 0) value(i) *= samples.slope;
  const double price = std::sqrt(squared_price(samples, side)) * value.norm();
  return price > 0 ? VectorD(value / price) : VectorD::Zero(value.size());
}

}  // namespace flatgrid
