// SPDX-License-Identifier: MIT
/// Plain references of the kernels: the definitions, sample by sample and neuron by neuron. Slow on
/// purpose; the tests hold the blocked kernels against them.
#pragma once

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::network::reference {

/// f(x) = sum_j a_j sigma(w_j . x) for one input x [d].
inline double output(const Activation<double>& activation, const Network<double>& network,
                     const VectorD& x) {
  double sum = 0;
  for (Index j = 0; j < network.width(); ++j) {
    double z = 0;
    for (Index k = 0; k < network.dimension(); ++k) z += network.inner(j, k) * x(k);
    double value = 0;
    double derivative = 0;
    activation.evaluate(1, &z, &value, &derivative);
    sum += network.outer(j) * value;
  }
  return sum;
}

/// grad f(x): df/da_j = sigma(w_j . x), df/dw_j = a_j sigma'(w_j . x) x.
inline Network<double> output_gradient(const Activation<double>& activation,
                                       const Network<double>& network, const VectorD& x) {
  auto gradient = Network<double>::zero(network.width(), network.dimension());
  for (Index j = 0; j < network.width(); ++j) {
    double z = 0;
    for (Index k = 0; k < network.dimension(); ++k) z += network.inner(j, k) * x(k);
    double value = 0;
    double derivative = 0;
    activation.evaluate(1, &z, &value, &derivative);
    gradient.outer(j) = value;
    for (Index k = 0; k < network.dimension(); ++k) {
      gradient.inner(j, k) = network.outer(j) * derivative * x(k);
    }
  }
  return gradient;
}

/// L = (1/2n) sum_i (f(x_i) - y_i)^2.
inline double train_loss(const Activation<double>& activation, const Network<double>& network,
                         const MatrixD& inputs, const VectorD& labels) {
  double sum = 0;
  for (Index i = 0; i < inputs.cols(); ++i) {
    const double residual = output(activation, network, inputs.col(i)) - labels(i);
    sum += residual * residual;
  }
  return sum / (2.0 * static_cast<double>(inputs.cols()));
}

}  // namespace flatgrid::network::reference
