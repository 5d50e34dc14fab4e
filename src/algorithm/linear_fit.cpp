// SPDX-License-Identifier: MIT
#include "linear_fit.hpp"

#include <Eigen/QR>

#include "flatgrid/network/kernels.hpp"

namespace flatgrid {

void fit_outer_layer(const Task& task, Network<double>& network) {
  MatrixD value;
  MatrixD derivative;
  activations(task.activation, network, task.inputs, value, derivative);
  const MatrixD features = value.transpose();  // Phi, [n, m]
  const Eigen::CompleteOrthogonalDecomposition<MatrixD> decomposition(features);
  network.outer = decomposition.solve(task.labels);
  // One step of iterative refinement: a += Phi^+ (y - Phi a)
  network.outer += decomposition.solve(task.labels - features * network.outer);
}

}  // namespace flatgrid
