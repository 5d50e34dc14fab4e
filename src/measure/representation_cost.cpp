// SPDX-License-Identifier: MIT
#include "flatgrid/measure/representation_cost.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/network/linear_layers.hpp"

namespace flatgrid::measure {

namespace {

constexpr double k_rank_threshold = 1e-13;
constexpr double k_least_decrease = 1e-14;
constexpr int k_most_steps = 5000;

}  // namespace

double representation_cost(const network::Network<double>& network) {
  const network::Network<double> form = network::two_layer_form(network);
  std::vector<Index> neurons;
  for (Index j = 0; j < form.width(); ++j) {
    if (form.outer(j) != 0 && form.inner.row(j).norm() > 0) neurons.push_back(j);
  }
  if (neurons.empty()) return 0;
  const VectorD outer = form.outer(neurons);
  const MatrixD inner = form.inner(neurons, Eigen::all);
  const auto factors = static_cast<double>(network.linear.size() + 1);  // L - 1
  // The balanced network of two layers.
  VectorD c = (outer.cwiseAbs().cwiseQuotient(inner.rowwise().norm())).cwiseSqrt();
  double least = INFINITY;
  for (int step = 0; step < k_most_steps; ++step) {
    const auto [left, values, right] = singular_values(c.asDiagonal() * inner);
    // The balanced factors of D_c W V_p ... V_1 have the singular values s^{1 / (L - 1)}.
    const VectorD squares = (values.array() > k_rank_threshold * values(0))
                                .select(values.array().pow(2 / factors), 0.0);
    const double cost = outer.cwiseQuotient(c).squaredNorm() + factors * squares.sum();
    const bool falls = least - cost > k_least_decrease * cost;
    least = std::min(least, cost);
    if (!falls) break;
    // A neuron with the squared lengths (a_j / c_j)^2 and sum_k U_jk^2 s_k^{2 / (L - 1)} is balanced by their fourth root.
    const VectorD lengths = left.cwiseAbs2() * squares;
    c.array() *= (outer.cwiseQuotient(c).array().square() / lengths.array()).pow(0.25);
  }
  return least;
}

}  // namespace flatgrid::measure
