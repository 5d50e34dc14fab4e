// SPDX-License-Identifier: MIT
/// The orbit of a network with linear layers, and an independent minimizer over it for the tests.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/network/symmetry.hpp"
#include "support.hpp"

namespace flatgrid::test {

/// A random network with linear layers of the given widths.
inline network::Network<double> layered_network(std::int64_t seed, Index width, Index dimension,
                                                const std::vector<Index>& hidden) {
  const Index inputs = hidden.empty() ? dimension : hidden.back();
  auto network = descent::gaussian_network(seed, width, inputs, 1.0);
  network.linear = descent::initial_layers(seed, dimension, hidden, 1.0, false);
  return network;
}

/// The member of the orbit at coordinates: the logarithms of the neurons' factors, then a matrix M for each space,
/// which may not be singular.
inline network::Network<double> moved(network::Network<double> network, const VectorD& at) {
  const VectorD factors = at.head(network.width()).array().exp();
  network::rescale(network, 1, factors);
  Index first = network.width();
  for (std::size_t l = 0; l < network.linear.size(); ++l) {
    const Index size = network.linear[l].rows();
    const MatrixD m = at.segment(first, size * size).reshaped(size, size);
    first += size * size;
    MatrixD& next = l + 1 < network.linear.size() ? network.linear[l + 1] : network.inner;
    network.linear[l] = m * network.linear[l];
    next = next * inverse(m);
  }
  return network;
}

inline Index coordinates(const network::Network<double>& network) {
  Index count = network.width();
  for (const MatrixD& layer : network.linear) count += layer.rows() * layer.rows();
  return count;
}

/// Coordinates of a random member of the orbit; `spread` 0 is the network itself.
inline VectorD random_coordinates(const network::Network<double>& network, std::int64_t seed,
                                  double spread) {
  VectorD at = spread * normals(seed, coordinates(network));
  Index first = network.width();
  for (const MatrixD& layer : network.linear) {
    const Index size = layer.rows();
    at.segment(first, size * size).reshaped(size, size).diagonal().array() += 1;
    first += size * size;
  }
  return at;
}

/// The least value that BFGS with difference quotients finds from `at`.
inline double searched_minimum(const std::function<double(const VectorD&)>& function, VectorD at) {
  const auto gradient = [&](const VectorD& point) {
    VectorD slope(point.size());
    for (Index k = 0; k < point.size(); ++k) {
      const VectorD step = 1e-6 * VectorD::Unit(point.size(), k);
      slope(k) = (function(point + step) - function(point - step)) / 2e-6;
    }
    return slope;
  };
  MatrixD metric = MatrixD::Identity(at.size(), at.size());  // approximates the inverse Hessian
  double value = function(at);
  VectorD slope = gradient(at);
  for (int iteration = 0; iteration < 500 && slope.norm() > 1e-7 * value; ++iteration) {
    VectorD direction = -metric * slope;
    if (!(direction.dot(slope) < 0)) {
      metric.setIdentity();
      direction = -slope;
    }
    double length = 1;
    while (length > 1e-12 &&
           !(function(at + length * direction) < value + 1e-4 * length * direction.dot(slope)))
      length /= 2;
    if (length <= 1e-12) break;
    const VectorD step = length * direction;
    at += step;
    value = function(at);
    const VectorD next = gradient(at);
    const VectorD change = next - slope;
    slope = next;
    const double rho = 1 / change.dot(step);
    if (!(rho > 0)) continue;
    const MatrixD left = MatrixD::Identity(at.size(), at.size()) - rho * step * change.transpose();
    metric = left * metric * left.transpose() + rho * step * step.transpose();
  }
  return value;
}

}  // namespace flatgrid::test
