// SPDX-License-Identifier: MIT
#include "flatgrid/measure/sharpness.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "flatgrid/measure/norms.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::measure {

namespace {

constexpr int k_most_ascent_steps = 200;
/// The ascent ends after a successful step that gains less than this share.
constexpr double k_least_gain = 1e-9;
/// The ascent also ends after an unsuccessful step not longer than this share of the radius.
constexpr double k_least_step = 1e-6;

/// theta + scale * direction
network::Network<double> displaced(const network::Network<double>& network, double scale,
                                   const network::Network<double>& direction) {
  network::Network<double> result = network;
  network::for_each_layer(
      [&](const auto& by, const auto& from, auto& layer) { layer = from + scale * by; }, direction,
      network, result);
  return result;
}

/// scale * direction
network::Network<double> multiple(double scale, network::Network<double> direction) {
  network::for_each_layer([&](auto& layer) { layer *= scale; }, direction);
  return direction;
}

/// Moves `offset` to the nearest point of the ball.
void project(network::Network<double>& offset, double radius) {
  const double norm = parameter_norm(offset);
  if (norm <= radius) return;
  network::for_each_layer([&](auto& layer) { layer *= radius / norm; }, offset);
}

/// Uniform on the unit sphere of the parameters.
network::Network<double> draw_direction(const network::Network<double>& shape, std::int64_t seed,
                                        Index draw) {
  random::Stream stream(seed, random::Purpose::sharpness_directions,
                        static_cast<std::uint64_t>(draw));
  network::Network<double> direction = shape;
  random::fill_normal(stream, direction.outer);
  for (Index k = 0; k < shape.inner.cols(); ++k)
    random::fill_normal(stream, direction.inner.col(k));
  for (MatrixD& layer : direction.linear) {
    for (Index k = 0; k < layer.cols(); ++k) random::fill_normal(stream, layer.col(k));
  }
  const double norm = parameter_norm(direction);
  network::for_each_layer([&](auto& layer) { layer /= norm; }, direction);
  return direction;
}

}  // namespace

Sharpness sharpness(const network::Activation<double>& activation,
                    const network::Network<double>& network, const MatrixD& inputs,
                    const VectorD& labels, double radius, Index draws, std::int64_t seed) {
  network::Workspace<double> workspace(network.width());
  network::Network<double> gradient = network;
  VectorD residual;
  const auto loss = [&](const network::Network<double>& at) {
    network::predict(activation, at, inputs, workspace, residual);
    residual -= labels;
    return residual.squaredNorm() / (2.0 * static_cast<double>(residual.size()));
  };
  const auto loss_with_gradient = [&](const network::Network<double>& at) {
    return network::loss_and_gradient(activation, at, inputs, labels, workspace, gradient);
  };
  const double centre = loss_with_gradient(network);

  // The gradient direction; none if the gradient is 0.
  const double slope_at_centre = parameter_norm(gradient);
  network::Network<double> offset =
      multiple(slope_at_centre > 0 ? radius / slope_at_centre : 0, gradient);
  double highest = loss(displaced(network, 1, offset));

  // (L(theta + rho u) + L(theta - rho u)) / 2 - L(theta), pair by pair
  VectorD rise(draws);
  for (Index draw = 0; draw < draws; ++draw) {
    const network::Network<double> direction = draw_direction(network, seed, draw);
    rise(draw) = -centre;
    for (const double side : {radius, -radius}) {
      const double value = loss(displaced(network, side, direction));
      rise(draw) += value / 2;
      if (value > highest) {
        highest = value;
        offset = multiple(side, direction);
      }
    }
  }
  const auto count = static_cast<double>(draws);
  Sharpness result{};
  result.average = rise.mean();
  result.average_standard_error =
      std::sqrt((rise.array() - result.average).square().sum() / (count * (count - 1)));

  // offset <- P(offset + step rho grad L / ||grad L||); doubles the step after success and quarters it after
  // failure. For long steps this is the power iteration on the Hessian.
  double step = 1;
  highest = loss_with_gradient(displaced(network, 1, offset));
  for (int k = 0; k < k_most_ascent_steps; ++k) {
    const double slope = parameter_norm(gradient);
    if (!(slope > 0)) break;
    network::Network<double> candidate = displaced(offset, step * radius / slope, gradient);
    project(candidate, radius);
    const network::Network<double> previous_gradient = gradient;
    const double value = loss_with_gradient(displaced(network, 1, candidate));
    if (value > highest) {
      const double gain = value - highest;
      highest = value;
      offset = std::move(candidate);
      if (gain < k_least_gain * (value - centre)) break;
      step *= 2;
    } else {
      gradient = previous_gradient;
      step /= 4;
      if (step < k_least_step) break;
    }
  }
  result.worst = std::max(0.0, highest - centre);  // delta = 0 is in the ball
  return result;
}

}  // namespace flatgrid::measure
