// SPDX-License-Identifier: MIT
#include "flatgrid/measure/norms.hpp"

#include <cmath>

namespace flatgrid::measure {

double path_norm(const network::Network<double>& network, Index biases) {
  const MatrixD weights = network.inner.leftCols(network.dimension() - biases);
  return network.outer.cwiseAbs().dot(weights.rowwise().norm());
}

double parameter_norm(const network::Network<double>& network) {
  double square = network.outer.squaredNorm() + network.inner.squaredNorm();
  for (const MatrixD& layer : network.linear) square += layer.squaredNorm();
  return std::sqrt(square);
}

Index active_neurons(const network::Network<double>& network, const NeuronTraces& traces) {
  return (network.outer.array() != 0 && traces.outer_part.array() > 0).count();
}

}  // namespace flatgrid::measure
