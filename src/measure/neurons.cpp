// SPDX-License-Identifier: MIT
#include "flatgrid/measure/neurons.hpp"

#include <cmath>
#include <limits>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::measure {

double participation_ratio(const VectorD& contributions) {
  const double largest = contributions.maxCoeff();
  if (!(largest > 0)) return 0;
  // Relative to the largest, so that no square overflows.
  const VectorD relative = contributions / largest;
  return std::pow(relative.sum(), 2) / relative.squaredNorm();
}

ActivationRates activation_rates(const network::Network<double>& network, const MatrixD& inputs) {
  constexpr double k_sparse = 0.1;
  VectorD counts = VectorD::Zero(network.width());
  network::Workspace<double> workspace(network.width());
  network::for_each_preactivation(network, inputs, workspace, [&](Index, const auto& z) {
    counts += (z.array() > 0).template cast<double>().matrix();
  });
  const auto samples = static_cast<double>(inputs.cols());
  double active = 0;
  double sum = 0;
  double sparse = 0;
  for (Index j = 0; j < network.width(); ++j) {
    if (network.outer(j) == 0 || counts(j) == 0) continue;
    ++active;
    sum += counts(j) / samples;
    sparse += counts(j) <= k_sparse * samples ? 1 : 0;
  }
  return {sum / active, sparse / active};
}

MatrixD span_basis(const MatrixD& directions) {
  const Index dimension = directions.cols();
  if (directions.rows() == 0 || directions.array().isNaN().any()) return MatrixD(dimension, 0);
  return PivotedQr<double>(directions.transpose()).range();
}

double index_alignment(const network::Network<double>& network, const MatrixD& directions,
                       int degree) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const MatrixD basis = span_basis(directions);
  if (basis.cols() == 0) return nan;
  const MatrixD weights = network.inner.leftCols(basis.rows());  // without biases
  const VectorD norms = weights.rowwise().norm();
  const VectorD projected_norms = (weights * basis).rowwise().norm();
  double inside = 0;
  double total = 0;
  for (Index j = 0; j < network.width(); ++j) {
    if (norms(j) == 0) continue;
    const double weight = std::abs(network.outer(j)) * std::pow(norms(j), degree);
    inside += weight * std::pow(projected_norms(j) / norms(j), 2);
    total += weight;
  }
  return total > 0 ? inside / total : nan;
}

double shared_alignment(const network::Network<double>& network, const MatrixD& directions) {
  return network.inner.row(0).head(directions.cols()).normalized().dot(directions.row(0));
}

}  // namespace flatgrid::measure
