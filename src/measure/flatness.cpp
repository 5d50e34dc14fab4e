// SPDX-License-Identifier: MIT
#include "flatgrid/measure/flatness.hpp"

#include <cmath>

#include "flatgrid/network/kernels.hpp"

namespace flatgrid::measure {

namespace {

/// ||x||^2 of an input x, or of x in (x, 1).
double square_of(const MatrixD& inputs, Index i, bool frozen_biases) {
  return frozen_biases ? inputs.col(i).head(inputs.rows() - 1).squaredNorm()
                       : inputs.col(i).squaredNorm();
}

}  // namespace

NeuronTraces neuron_traces(const network::Activation<double>& activation,
                           const network::Network<double>& network, const MatrixD& inputs,
                           bool frozen_biases) {
  const Index width = network.width();
  NeuronTraces traces{VectorD::Zero(width), VectorD::Zero(width), !frozen_biases};
  // Scales outer weights by a power of two, which is exact: ||x||^2 sigma'^2 alone may overflow or underflow.
  const double largest = network.outer.cwiseAbs().maxCoeff();
  const double unit = largest > 0 && std::isfinite(largest) ? std::exp2(std::ilogb(largest)) : 1;
  network::Workspace<double> workspace(width);
  network::for_each_sample(activation, network, inputs, workspace, [&](Index i) {
    traces.outer_part += workspace.value.cwiseAbs2();
    traces.inner_part +=
        square_of(inputs, i, frozen_biases) * (unit * workspace.derivative).cwiseAbs2();
  });
  const auto samples = static_cast<double>(inputs.cols());
  traces.outer_part /= samples;
  traces.inner_part = traces.inner_part.cwiseProduct((network.outer / unit).cwiseAbs2()) / samples;
  return traces;
}

double shared_direction_trace(const network::Activation<double>& activation,
                              const network::Network<double>& network, const MatrixD& inputs) {
  const auto width = static_cast<double>(network.width());
  network::Workspace<double> workspace(network.width());
  double sum = 0;
  network::for_each_sample(activation, network, inputs, workspace, [&](Index i) {
    const double slope = network.outer.dot(workspace.derivative);
    sum += workspace.value.squaredNorm() / width + slope * slope * square_of(inputs, i, true);
  });
  return sum / static_cast<double>(inputs.cols());
}

double flatness_trace(const NeuronTraces& traces) {
  return traces.outer_part.sum() + traces.inner_part.sum();
}

double flatness_residual_part(const network::Activation<double>& activation,
                              const network::Network<double>& network, const MatrixD& inputs,
                              const VectorD& residual, bool frozen_biases) {
  if (activation.degree() == 1) return 0;
  network::Workspace<double> workspace(network.width());
  VectorD curvature(network.width());
  double sum = 0;
  network::for_each_preactivation(network, inputs, workspace, [&](Index i, const auto& z) {
    activation.second_derivative(z.size(), z.data(), curvature.data());
    sum += residual(i) * square_of(inputs, i, frozen_biases) * network.outer.dot(curvature);
  });
  return sum / static_cast<double>(inputs.cols());
}

VectorD orbit_contributions(const NeuronTraces& traces, int degree) {
  if (!traces.rescalable) return traces.outer_part + traces.inner_part;
  const double k = degree;
  const auto power = [&](const VectorD& part, double exponent) {
    return VectorD(part.unaryExpr(
        [&](double x) { return degree == 1 ? std::sqrt(x) : std::pow(x, exponent); }));
  };
  // A^{1/(k+1)} B^{k/(k+1)} as separate powers: the product A B^k may overflow or underflow.
  return (k + 1) * std::pow(k, -k / (k + 1)) *
         power(traces.outer_part, 1 / (k + 1)).cwiseProduct(power(traces.inner_part, k / (k + 1)));
}

NeuronTraces of_trained(NeuronTraces traces, const network::NetworkSettings& settings) {
  if (!settings.outer->trained) traces.outer_part.setZero();
  traces.rescalable = settings.has_rescaling_symmetry();
  return traces;
}

double flatness_orbit_min(const NeuronTraces& traces, int degree) {
  return orbit_contributions(traces, degree).sum();
}

}  // namespace flatgrid::measure
