// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/refit.hpp"

#include <cmath>
#include <limits>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid {

namespace {

constexpr double k_near = 1e-9;     ///< a sample this near to a border is on it
constexpr double k_enough = 1e-25;  ///< relative squared residual that needs no better fit
constexpr double k_margin = 1e-13;  ///< and is put this far to the inactive side

/// sigma(X w_j) [N, m].
MatrixD activations_of(const MatrixD& inputs, const MatrixD& inner, double slope) {
  const MatrixD z = inputs.transpose() * inner.transpose();
  return z.array() * (z.array() > 0).select(MatrixD::Ones(z.rows(), z.cols()), slope).array();
}

/// Moves w [d] to w.x_i = -k_margin ||x_i|| on the samples that are near its border and not on its
/// plus side; `side` [n] is of the reduced samples. Returns whether there are any.
bool leave_border(const MatrixD& inputs, const Reduction& reduction,
                  const Eigen::Ref<const Side>& side, VectorD& direction) {
  std::vector<Index> near;
  for (Index k = 0; k < inputs.cols(); ++k) {
    const Index i = reduction.ray[static_cast<std::size_t>(k)];
    if (i < 0 || side(i) != 0) continue;
    if (inputs.col(k).dot(direction) > -k_near * inputs.col(k).norm()) near.push_back(k);
  }
  if (near.empty()) return false;
  const MatrixD vectors = inputs(Eigen::all, near);
  const VectorD target = -k_margin * vectors.colwise().norm();
  const LeastSquares solver(vectors.transpose());
  // Twice: the second pass removes the rounding of the first.
  for (int pass = 0; pass < 2; ++pass)
    direction += solver.solve(target - vectors.transpose() * direction);
  return true;
}

/// y - sum_j a_j value_j in extended precision.
VectorD residual_of(const MatrixD& values, const VectorD& outer, const VectorD& labels) {
  VectorD residual(labels.size());
  for (Index i = 0; i < labels.size(); ++i) {
    long double sum = labels(i);
    for (Index j = 0; j < outer.size(); ++j)
      sum -= static_cast<long double>(values(i, j)) * static_cast<long double>(outer(j));
    residual(i) = static_cast<double>(sum);
  }
  return residual;
}

}  // namespace

RefittedNetwork refit(const MatrixD& inputs, const VectorD& labels, const Reduction& reduction,
                      const Pool& neurons, const VectorD& coefficients, double derivative_at_zero) {
  const Index m = neurons.size();
  const Index total = inputs.cols();
  const double slope = reduction.samples.slope;
  const bool one_sided = slope * slope == derivative_at_zero * derivative_at_zero;
  RefittedNetwork result;
  MatrixD& inner = result.network.inner;
  VectorD& outer = result.network.outer;
  inner.resize(m, inputs.rows());
  outer.resize(m);
  for (Index j = 0; j < m; ++j) {
    VectorD direction = reduction.basis * neurons.directions.col(j);
    // Without a cheaper side (abs) a border is nothing special.
    if (one_sided && leave_border(inputs, reduction, neurons.sides.col(j), direction))
      ++result.neurons_on_faces;
    inner.row(j) = direction.transpose();
  }
  MatrixD values = activations_of(inputs, inner, slope);
  const double s2 = slope * slope;
  for (Index j = 0; j < m; ++j) {
    double plus = 0, minus = 0;
    for (Index k = 0; k < total; ++k)
      (inputs.col(k).dot(inner.row(j)) > 0 ? plus : minus) += inputs.col(k).squaredNorm();
    const double price =
        2 / static_cast<double>(total) * std::sqrt(plus + s2 * minus) * values.col(j).norm();
    outer(j) = coefficients(j) * reduction.flatness_unit() / price;
  }
  // a += |a| d with the least |d|, features in proportion to what they carry; and only along
  // singular directions that the fit needs: neurons that are nearly the same function would
  // exchange their shares for the sake of rounding, and F with them.
  const VectorD weights = (outer.cwiseAbs().array() + 1e-6 * outer.cwiseAbs().mean()).matrix();
  const VectorD unfitted = outer;
  const double size = labels.squaredNorm();
  double least = std::numeric_limits<double>::infinity();
  for (const double threshold : {1e-7, 1e-9, 1e-11, 1e-13, 1e-15}) {
    const LeastSquares solver(values * weights.asDiagonal(), threshold);
    VectorD fitted = unfitted;
    for (int pass = 0; pass < 3; ++pass)
      fitted += weights.cwiseProduct(solver.solve(residual_of(values, fitted, labels)));
    const double residual = residual_of(values, fitted, labels).squaredNorm() / size;
    if (residual < least) {
      least = residual;
      outer = fitted;
    }
    if (least <= k_enough) break;
  }
  // |a| = ||w||, by powers of 2: the same bits of every preactivation.
  for (Index j = 0; j < m; ++j) {
    const double factor =
        std::exp2(std::round(std::log2(std::sqrt(std::abs(outer(j)) / inner.row(j).norm()))));
    if (!std::isfinite(factor) || factor == 0) continue;
    inner.row(j) *= factor;
    outer(j) /= factor;
  }
  // What it measures, from the doubles alone.
  const MatrixD z = inner * inputs;  // [m, N]
  for (Index j = 0; j < m; ++j) {
    double first = 0, second = 0;  // N A, N B / a^2
    for (Index k = 0; k < total; ++k) {
      const double derivative = z(j, k) > 0 ? 1 : z(j, k) < 0 ? slope : derivative_at_zero;
      const double value = z(j, k) > 0 ? z(j, k) : slope * z(j, k);
      first += value * value;
      second += derivative * derivative * inputs.col(k).squaredNorm();
    }
    result.flatness +=
        2 / static_cast<double>(total) * std::abs(outer(j)) * std::sqrt(first * second);
  }
  values = activations_of(inputs, inner, slope);
  result.residual = size > 0 ? (values * outer - labels).squaredNorm() / size : 0;
  return result;
}

}  // namespace flatgrid
