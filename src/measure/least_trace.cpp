// SPDX-License-Identifier: MIT
#include "flatgrid/measure/least_trace.hpp"

#include <cmath>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/symmetry.hpp"

namespace flatgrid::measure {

namespace {

/// A positive number rounded to so many bits.
double rounded_to_bits(double value, int bits) {
  const double unit = std::ldexp(1.0, std::ilogb(value) + 1 - bits);
  return std::round(value / unit) * unit;
}

}  // namespace

void to_least_trace(const network::Activation<double>& activation, const MatrixD& inputs,
                    network::Network<double>& network) {
  const NeuronTraces traces = neuron_traces(activation, network, inputs);
  const double k = activation.degree();
  VectorD factors = VectorD::Ones(network.width());
  for (Index j = 0; j < network.width(); ++j) {
    const double a = traces.outer_part(j);
    const double b = traces.inner_part(j);
    if (a > 0 && b > 0) factors(j) = std::pow(b / (k * a), 1 / (2 * k + 2));
    const VectorD w = network.inner.row(j).transpose();
    if (k == 1 && ((inputs.transpose() * w).array() == 0).any())
      factors(j) = rounded_to_bits(factors(j), k_factor_bits);
  }
  network::rescale(network, activation.degree(), factors);
}

}  // namespace flatgrid::measure
