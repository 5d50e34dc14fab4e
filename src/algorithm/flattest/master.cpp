// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/master.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::flattest {

namespace {

/// The largest step <= 1 along which `value + step change` stays positive.
double largest_step(const VectorD& value, const VectorD& change) {
  double step = 1;
  for (Index j = 0; j < value.size(); ++j)
    if (change(j) < 0) step = std::min(step, -value(j) / change(j));
  return step;
}

}  // namespace

MasterSolution solve_master(const MatrixD& features, const VectorD& labels,
                            const VectorD& reference, double proximity, double tolerance) {
  constexpr int k_most_iterations = 60;
  const Index n = features.rows();
  const Index m = features.cols();
  // Start: l = 0.9 l_ref / max |Phi'l_ref|, strictly inside; b on the central path's scale.
  const double largest = (features.transpose() * reference).cwiseAbs().maxCoeff();
  VectorD l =
      largest > 0 ? VectorD(reference * (0.9 / std::max(largest, 0.9))) : VectorD(VectorD::Zero(n));
  VectorD inner = features.transpose() * l;
  VectorD upper = 1 - inner.array();  // s+
  VectorD lower = 1 + inner.array();  // s-
  const double start =
      std::max(std::abs(l.dot(labels)), 1e-6 * labels.norm()) / static_cast<double>(m);
  VectorD plus = start * upper.cwiseInverse();   // b+
  VectorD minus = start * lower.cwiseInverse();  // b-
  MasterSolution solution;
  MatrixD weighted(n, m);
  MatrixD normal(n, n);
  VectorD right(n), step(n), weights(m), d_upper(m), d_plus(m), d_minus(m), c_plus(m), c_minus(m);
  for (int iteration = 0; iteration < k_most_iterations; ++iteration) {
    solution.iterations = iteration;
    const VectorD residual =
        labels - proximity * (l - reference) - features * (plus - minus);  // stationarity
    const double gap = plus.dot(upper) + minus.dot(lower);
    const double size = std::abs(l.dot(labels)) + (plus + minus).sum();
    if (gap <= tolerance * size && std::abs(residual.dot(l)) <= tolerance * size &&
        residual.norm() * l.norm() <= 10 * tolerance * size)
      break;
    // Columns of no weight beside rho and the others are left out of the matrix.
    weights = plus.cwiseQuotient(upper) + minus.cwiseQuotient(lower);
    const double least = 1e-9 * weights.mean();
    Index used = 0;
    for (Index j = 0; j < m; ++j)
      if (weights(j) > least) weighted.col(used++) = std::sqrt(weights(j)) * features.col(j);
    normal.setZero();
    normal.selfadjointView<Eigen::Lower>().rankUpdate(weighted.leftCols(used));
    normal.diagonal().array() += proximity;
    const Cholesky cholesky(normal);
    if (!cholesky.succeeded()) break;  // as near as rounding lets it
    const auto solve = [&] {
      // db+- = (c+- +- b+- phi.dl) / s+-,  ds+- = -+ phi.dl
      right = residual - features * (c_plus.cwiseQuotient(upper) - c_minus.cwiseQuotient(lower));
      step = cholesky.solve(right);
      d_upper.noalias() = -(features.transpose() * step);
      d_plus = (c_plus - plus.cwiseProduct(d_upper)).cwiseQuotient(upper);
      d_minus = (c_minus + minus.cwiseProduct(d_upper)).cwiseQuotient(lower);
    };
    const auto longest = [&] {
      const VectorD d_lower = -d_upper;
      return std::min({largest_step(upper, d_upper), largest_step(lower, d_lower),
                       largest_step(plus, d_plus), largest_step(minus, d_minus)});
    };
    // Predictor: straight to complementarity.
    c_plus = -plus.cwiseProduct(upper);
    c_minus = -minus.cwiseProduct(lower);
    solve();
    const double affine = longest();
    const double reached = (plus + affine * d_plus).dot(upper + affine * d_upper) +
                           (minus + affine * d_minus).dot(lower - affine * d_upper);
    const double centre = std::pow(reached / gap, 3) * gap / (2 * static_cast<double>(m));
    // Corrector: to the central path, with the predictor's second-order term.
    c_plus.array() += centre - d_plus.array() * d_upper.array();
    c_minus.array() += centre + d_minus.array() * d_upper.array();
    solve();
    if (!step.allFinite() || !d_plus.allFinite() || !d_minus.allFinite()) break;
    const double length = std::min(1.0, 0.99 * longest());
    l += length * step;
    plus += length * d_plus;
    minus += length * d_minus;
    inner.noalias() = features.transpose() * l;
    upper = 1 - inner.array();
    lower = 1 + inner.array();
    // Rounding at the very border.
    upper = upper.cwiseMax(1e-15);
    lower = lower.cwiseMax(1e-15);
  }
  solution.multipliers = std::move(l);
  solution.coefficients = plus - minus;
  return solution;
}

}  // namespace flatgrid::flattest
