// SPDX-License-Identifier: MIT
#include "flatgrid/measure/neurons.hpp"

#include <cmath>
#include <limits>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::measure {

double effective_neurons(const NeuronTraces& traces, int degree) {
  return effective_neurons(orbit_contributions(traces, degree));
}

double effective_neurons(const VectorD& contributions) {
  const double largest = contributions.maxCoeff();
  if (!(largest > 0)) return 0;
  // Relative to the largest, so that no square overflows.
  const VectorD relative = contributions / largest;
  return std::pow(relative.sum(), 2) / relative.squaredNorm();
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

}  // namespace flatgrid::measure
