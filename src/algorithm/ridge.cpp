// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/ridge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::algorithm {

std::vector<VectorD> ridge_fits(const MatrixD& features, const VectorD& labels,
                                const std::vector<double>& penalties) {
  const Index columns = features.cols();
  const PivotedQr<double> qr(features);
  MatrixD stacked = MatrixD::Zero(qr.rank() + columns, columns);
  stacked.topRows(qr.rank()) = qr.coordinates();
  VectorD right = VectorD::Zero(stacked.rows());
  right.head(qr.rank()) = qr.range().transpose() * labels;
  std::vector<VectorD> fits;
  for (const double penalty : penalties) {
    stacked.bottomRows(columns).diagonal().setConstant(
        std::sqrt(penalty * static_cast<double>(labels.size())));
    fits.push_back(LeastSquares(stacked).solve(right));
  }
  return fits;
}

double least_ridge_loss(const Task& task, const Truth& truth,
                        const network::Network<double>& network) {
  MatrixD value, derivative;
  network::activations(task.activation, network, task.inputs, value, derivative);
  // c = sqrt(m) a
  const double unit = 1 / std::sqrt(static_cast<double>(network.width()));
  network::Network<double> refitted = network;
  double least = std::numeric_limits<double>::infinity();
  for (const VectorD& c : ridge_fits(unit * value.transpose(), task.labels, task.training.ridge)) {
    refitted.outer = unit * c;
    least = std::min(least, truth.population_loss(refitted).value);
  }
  return least;
}

}  // namespace flatgrid::algorithm
