// SPDX-License-Identifier: MIT
#include "flatgrid/measure/tangent_spectrum.hpp"

#include <algorithm>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::measure {

TangentSpectrum tangent_spectrum(const network::Activation<double>& activation,
                                 const network::Network<double>& network, const MatrixD& inputs) {
  MatrixD value, derivative, kernel;
  network::activations(activation, network, inputs, value, derivative);
  derivative = network.outer.asDiagonal() * derivative;
  const MatrixD neuron_inputs = network::neuron_inputs(network, inputs);
  const MatrixD input_gram = neuron_inputs.transpose() * neuron_inputs;
  network::tangent_kernel(value, derivative, input_gram, kernel);
  network::add_linear_kernel(network, inputs, derivative, kernel);
  // Reads only the lower triangle, which is all that `tangent_kernel` computes.
  const VectorD eigenvalues = symmetric_eigenvalues(kernel);
  const auto samples = static_cast<double>(inputs.cols());
  return {.min = std::max(0.0, eigenvalues.minCoeff()) / samples,
          .max = std::max(0.0, eigenvalues.maxCoeff()) / samples};
}

}  // namespace flatgrid::measure
