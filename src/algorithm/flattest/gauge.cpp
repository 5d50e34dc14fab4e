// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/gauge.hpp"

#include <cmath>

namespace flatgrid::flattest {

Samples make_samples(const MatrixD& inputs, double slope, double square_at_zero, double scale) {
  return {.inputs = inputs,
          .rows = inputs.transpose(),
          .norms = inputs.colwise().norm(),
          .squared_norms = inputs.colwise().squaredNorm(),
          .border = k_border * inputs.colwise().norm(),
          .slope = slope,
          .square_at_zero = square_at_zero,
          .scale = scale,
          .coordinates = MatrixD(0, inputs.rows())};
}

void set_path_norm(Samples& samples, const MatrixD& coordinates) {
  samples.squared_norms.setZero();
  samples.scale = 1;
  samples.constant = 1;
  samples.coordinates = coordinates;
  samples.share = 0;
}

Side side_of(const Samples& samples, const VectorD& direction) {
  const VectorD z = samples.rows * direction;
  return (z.array() > k_border * direction.norm() * samples.norms.array()).cast<std::uint8_t>();
}

VectorD squared_derivatives(const Samples& samples, const Eigen::Ref<const Side>& side) {
  const double square = samples.slope * samples.slope;
  return square + (1 - square) * side.cast<double>().array();
}

VectorD activations(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                    const Eigen::Ref<const Side>& side) {
  // sigma(z_i) = D_i z_i
  const double s = samples.slope;
  return (samples.rows * direction).array() * (s + (1 - s) * side.cast<double>().array());
}

double price(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
             const Eigen::Ref<const VectorD>& squared_derivatives,
             const Eigen::Ref<const VectorD>& activations) {
  const double c = samples.constant + squared_derivatives.dot(samples.squared_norms);
  const double m =
      (samples.coordinates * direction).squaredNorm() + samples.share * activations.squaredNorm();
  return samples.scale * std::sqrt(c) * std::sqrt(m);
}

double price(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
             const Eigen::Ref<const Side>& side) {
  return price(samples, direction, squared_derivatives(samples, side),
               activations(samples, direction, side));
}

VectorD feature(const Samples& samples, const Eigen::Ref<const VectorD>& direction,
                const Eigen::Ref<const Side>& side) {
  const double g = price(samples, direction, side);
  const VectorD value = activations(samples, direction, side);
  return g > 0 ? VectorD(value / g) : VectorD::Zero(value.size());
}

}  // namespace flatgrid::flattest
