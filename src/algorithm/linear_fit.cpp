// SPDX-License-Identifier: MIT
#include "linear_fit.hpp"

#include <algorithm>
#include <cmath>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::algorithm {

void fit_outer_layer(const Task& task, network::Network<double>& network) {
  MatrixD value;
  MatrixD derivative;
  network::activations(task.activation, network, task.inputs, value, derivative);
  MatrixD features = value.transpose();  // Phi, [n, m]
  const double largest = features.cwiseAbs().maxCoeff();
  if (!std::isfinite(largest)) throw Error("the activations overflow in double precision");
  // In units of a power of two, which changes no bit: their squares may leave the range of double.
  const double unit = largest > 0 ? std::exp2(std::ilogb(largest)) : 1;
  features /= unit;
  const LeastSquares fit(features);
  network.outer = fit.solve(task.labels);
  // One step of iterative refinement: a += Phi^+ (y - Phi a)
  network.outer += fit.solve(task.labels - features * network.outer);
  network.outer /= unit;
}

Price linear_fit_price(const PointOutline& point) {
  const auto n = static_cast<double>(point.samples);
  const auto m = static_cast<double>(point.width);
  const auto d = static_cast<double>(point.dimension());
  const double short_side = std::min(n, m);
  const double long_side = std::max(n, m);
  // Householder QR with column pivoting, and once more from the right for the minimum norm.
  return {
      .flops_per_step = 2 * n * d * m + 4 * short_side * short_side * (long_side - short_side / 3),
      // sigma, sigma', Phi, the decomposition; its transpose where the rank is not full
      .bytes = 8 * 6 * n * m};
}

}  // namespace flatgrid::algorithm
