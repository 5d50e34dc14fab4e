// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/descent/step_size.hpp"

#include <algorithm>
#include <cmath>

#include "flatgrid/algorithm/frozen_biases.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/layered_flatness.hpp"

namespace flatgrid::descent {

double top_tangent_curvature(const algorithm::Task& task, const network::Network<double>& network,
                             network::Workspace<double>& workspace, int iterations,
                             VectorD& direction) {
  network::Network<double> tangent = network;
  double eigenvalue = 0;
  for (int iteration = 0; iteration < iterations; ++iteration) {
    const double norm = direction.norm();
    if (!(norm > 0)) break;
    direction /= norm;
    // u <- J J^T u
    network::jacobian_transpose_times(task.activation, network, task.inputs, direction, workspace,
                                      tangent);
    algorithm::keep_frozen_biases(task, tangent);
    network::jacobian_times(task.activation, network, task.inputs, tangent, workspace, direction);
    eigenvalue = direction.norm();
  }
  return eigenvalue / static_cast<double>(task.inputs.cols());
}

double top_variance(const MatrixD& inputs) {
  // X X^T and X^T X have the same top eigenvalue: uses the smaller matrix.
  const MatrixD gram = inputs.rows() <= inputs.cols() ? MatrixD(inputs * inputs.transpose())
                                                      : MatrixD(inputs.transpose() * inputs);
  return symmetric_eigenvalues(gram).maxCoeff() / static_cast<double>(inputs.cols());
}

double reference_curvature(const algorithm::Task& task, double top_variance) {
  const auto samples = static_cast<double>(task.inputs.cols());
  const double s = std::sqrt(top_variance);
  const double rms = task.labels.norm() / std::sqrt(samples);
  const int k = task.activation.degree();
  const auto p = static_cast<int>(task.hidden().size()) + 1;
  double mu = 1;  // (2k - 1)!!
  for (int factor = 3; factor < 2 * k; factor += 2) mu *= factor;
  // (1 + p k^2) rms^2 / rho^2,  rho^{pk+1} = rms / (s^k sqrt(mu))
  return (1 + p * k * k) * std::pow(rms, 2.0 * p * k / (p * k + 1)) *
         std::pow(std::pow(s, k) * std::sqrt(mu), 2.0 / (p * k + 1));
}

BatchCurvature::BatchCurvature(const algorithm::Task& task, const Batching& batching,
                               double momentum)
    : task_(task), batching_(batching), momentum_(momentum) {
  const double variance = top_variance(task.inputs);
  least_curvature_ = reference_curvature(task, variance);
  // The reference curvature for the input of the largest curvature.
  least_gradient_ = least_curvature_ * task.inputs.colwise().squaredNorm().maxCoeff() / variance;
}

double BatchCurvature::operator()(const network::Network<double>& network,
                                  network::Workspace<double>& workspace, int iterations,
                                  VectorD& direction) const {
  const double lambda = std::max(
      least_curvature_, top_tangent_curvature(task_, network, workspace, iterations, direction));
  if (batching_.uses_all()) return lambda;
  double h = least_gradient_;
  if (network.linear.empty()) {
    network::for_each_sample(task_.activation, network, task_.inputs, workspace, [&](Index i) {
      // ||grad f(x)||^2 = ||sigma(W x)||^2 + ||x||^2 ||a o sigma'(W x)||^2
      const double outer = workspace.value.squaredNorm();
      const double inner = workspace.derivative.cwiseProduct(network.outer).squaredNorm();
      h = std::max(h, outer + task_.inputs.col(i).squaredNorm() * inner);
    });
  } else {
    const auto [of_outer, of_layers] =
        measure::gradient_squares(task_.activation, network, task_.inputs);
    h = std::max(h, (of_outer.colwise().sum() + of_layers.colwise().sum()).maxCoeff());
  }
  const auto n = static_cast<double>(task_.inputs.cols());
  const auto of_batch = [&](Index size) {
    const auto b = static_cast<double>(size);
    if (batching_.with_replacement) return ((b - 1) * lambda + h / (1 - momentum_)) / b;
    return (n * (b - 1) * lambda + (n - b) * h / (1 - momentum_)) / (b * (n - 1));
  };
  if (batching_.rest() == 0) return of_batch(batching_.size);
  const auto steps = static_cast<double>(batching_.steps_per_epoch());
  return ((steps - 1) * of_batch(batching_.size) + of_batch(batching_.rest())) / steps;
}

}  // namespace flatgrid::descent
