// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/refit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/exact_dot.hpp"

namespace flatgrid {

namespace {

constexpr double k_near = 1e-9;     ///< a sample this near to a border is on it
constexpr double k_enough = 1e-25;  ///< relative squared residual that needs no better fit
constexpr int k_border_passes = 4;

/// X w_j [N, m], as good as the doubles of X and w_j allow.
MatrixD preactivations_of(const MatrixD& inputs, const MatrixD& inner) {
  MatrixD z(inputs.cols(), inner.rows());
  for (Index j = 0; j < z.cols(); ++j) {
    const VectorD w = inner.row(j).transpose();
    for (Index i = 0; i < z.rows(); ++i) z(i, j) = exact_dot(inputs.col(i), w);
  }
  return z;
}

/// sigma(z) [N, m].
MatrixD activations_of(const MatrixD& z, double slope) {
  return z.array() * (z.array() > 0).select(MatrixD::Ones(z.rows(), z.cols()), slope).array();
}

/// The direction [d] of the data that stands for w [r] of the reduced problem. On samples that are near
/// its border and not on its plus side (`side` [n] of the reduced samples) it is moved to w.x_i < 0 by
/// twice the rounding of that sum, in whatever order it is taken, and no more. Returns whether there are any.
bool leave_border(const MatrixD& inputs, const Reduction& reduction,
                  const Eigen::Ref<const VectorD>& reduced, const Eigen::Ref<const Side>& side,
                  VectorD& direction) {
  const Samples& samples = reduction.samples;
  direction = reduction.basis * reduced;
  std::vector<Index> near;
  for (Index k = 0; k < inputs.cols(); ++k) {
    const Index i = reduction.ray[static_cast<std::size_t>(k)];
    if (i < 0 || side(i) != 0) continue;
    if (samples.inputs.col(i).dot(reduced) > -k_near * samples.norms(i) * reduced.norm())
      near.push_back(k);
  }
  if (near.empty()) return false;
  const auto count = static_cast<Index>(near.size());
  // x_k.w = share_k (reduced sample).(reduced w): rows of unit length.
  MatrixD rows(count, reduced.size());
  VectorD lengths(count);
  for (Index k = 0; k < count; ++k) {
    const Index sample = near[static_cast<std::size_t>(k)];
    const Index i = reduction.ray[static_cast<std::size_t>(sample)];
    rows.row(k) = samples.inputs.col(i).transpose() / samples.norms(i);
    lengths(k) = reduction.share(sample) * samples.norms(i);
  }
  const LeastSquares solver(rows);
  VectorD wanted(count);
  for (int pass = 0; pass < k_border_passes; ++pass) {
    for (Index k = 0; k < count; ++k) {
      const auto x = inputs.col(near[static_cast<std::size_t>(k)]);
      const double noise =
          std::numeric_limits<double>::epsilon() *
          std::max(4 * static_cast<double>(x.size()) * x.cwiseAbs().dot(direction.cwiseAbs()),
                   lengths(k) * reduced.norm());
      wanted(k) = -(exact_dot(x, direction) + 2 * noise) / lengths(k);
    }
    direction += reduction.basis * solver.solve(wanted);
  }
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
    // Without a cheaper side (abs) a border is nothing special.
    VectorD direction;
    if (!one_sided)
      direction = reduction.basis * neurons.directions.col(j);
    else if (leave_border(inputs, reduction, neurons.directions.col(j), neurons.sides.col(j),
                          direction))
      ++result.neurons_on_faces;
    inner.row(j) = direction.normalized().transpose();
  }
  const MatrixD values = activations_of(preactivations_of(inputs, inner), slope);
  const double s2 = slope * slope;
  for (Index j = 0; j < m; ++j) {
    double plus = 0, minus = 0;
    for (Index k = 0; k < total; ++k)
      (inputs.col(k).dot(inner.row(j)) > 0 ? plus : minus) += inputs.col(k).squaredNorm();
    const double price =
        2 / static_cast<double>(total) * std::sqrt(plus + s2 * minus) * values.col(j).norm();
    outer(j) = coefficients(j) * reduction.input_unit / price;  // of labels / label_unit
  }
  // a += |a| d with the least |d|, features in proportion to what they carry; and only along
  // singular directions that the fit needs: neurons that are nearly the same function would
  // exchange their shares for the sake of rounding, and F with them.
  const VectorD weights = (outer.cwiseAbs().array() + 1e-6 * outer.cwiseAbs().mean()).matrix();
  const VectorD unfitted = outer;
  const VectorD scaled_labels = labels / reduction.label_unit;
  const double size = scaled_labels.squaredNorm();
  double least = std::numeric_limits<double>::infinity();
  for (const double threshold : {1e-7, 1e-9, 1e-11, 1e-13, 1e-15}) {
    const LeastSquares solver(values * weights.asDiagonal(), threshold);
    VectorD fitted = unfitted;
    for (int pass = 0; pass < 3; ++pass)
      fitted += weights.cwiseProduct(solver.solve(residual_of(values, fitted, scaled_labels)));
    const double residual = residual_of(values, fitted, scaled_labels).squaredNorm() / size;
    if (residual < least) {
      least = residual;
      outer = fitted;
    }
    if (least <= k_enough) break;
  }
  outer *= reduction.label_unit;
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
        2 / static_cast<double>(total) * std::abs(outer(j)) * std::sqrt(first) * std::sqrt(second);
  }
  result.residual =
      size > 0 ? ((activations_of(z.transpose(), slope) * outer - labels) / reduction.label_unit)
                         .squaredNorm() /
                     size
               : 0;
  return result;
}

}  // namespace flatgrid
