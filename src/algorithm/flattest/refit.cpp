// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/refit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "flatgrid/algorithm/flattest/integers.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/exact_dot.hpp"
#include "flatgrid/measure/least_trace.hpp"

namespace flatgrid::flattest {

namespace {

constexpr double k_near = 1e-9;     ///< a sample this near to a border is on it
constexpr double k_enough = 1e-25;  ///< relative squared residual that needs no better fit
constexpr int k_border_passes = 4;
/// Coefficients of so many bits change F by less than the search's tolerance.
constexpr int k_least_bits = 24;

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

/// A direction next to `direction` [d] on which all columns of `vanishing` [d, k] have w.x = 0 exactly, in
/// doubles and in whatever order the sum is taken: an integer combination of an integer basis, if inputs of few digits
/// leave it k_least_bits. Empty otherwise.
VectorD exactly_on_border(const MatrixD& vanishing, const VectorD& direction) {
  const Index d = vanishing.rows();
  // In units of 2^e_a of each coordinate: x_a = 2^e_a integer, w_a = 2^-e_a integer * what is common.
  std::vector<IntegerVector> rows(static_cast<std::size_t>(vanishing.cols()));
  VectorD units(d);
  int digits = 0;
  for (Index a = 0; a < d; ++a) {
    const ScaledIntegers coordinate = as_integers(vanishing.row(a).transpose());
    units(a) = std::ldexp(1.0, coordinate.exponent);
    digits = std::max(digits, highest_bit(coordinate.integers) + 1);
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k].push_back(coordinate.integers[k]);
  }
  std::vector<IntegerVector> kernel_basis = kernel(std::move(rows), d);
  MatrixD basis(d, static_cast<Index>(kernel_basis.size()));
  int most = 0;
  for (std::size_t k = 0; k < kernel_basis.size(); ++k) {
    Integer divisor = 0;
    for (const Integer& value : kernel_basis[k]) divisor = gcd(divisor, value);
    for (Integer& value : kernel_basis[k]) value /= divisor;
    most = std::max(most, highest_bit(kernel_basis[k]) + 1);
    for (Index a = 0; a < d; ++a)
      basis(a, static_cast<Index>(k)) = as_double(kernel_basis[k][static_cast<std::size_t>(a)], 0);
  }
  // Bits of a coefficient: products x_a w_a and their sums stay below 2^53, also where w is multiplied by a
  // factor of k_factor_bits.
  const int sums = static_cast<int>(
      std::ceil(std::log2(static_cast<double>(d * std::max<Index>(1, basis.cols())))));
  const int bits = 53 - digits - most - sums - measure::k_factor_bits;
  if (basis.cols() == 0 || bits < k_least_bits) return {};
  const VectorD wanted = units.cwiseProduct(direction);
  VectorD coefficients = LeastSquares(basis).solve(wanted);
  if ((basis * coefficients - wanted).norm() > k_near * wanted.norm()) return {};
  const double unit = std::ldexp(1.0, std::ilogb(coefficients.cwiseAbs().maxCoeff()) + 1 - bits);
  coefficients = (coefficients / unit).array().round();
  return (basis * coefficients * unit).cwiseQuotient(units);
}

/// The direction [d] of the data that stands for w [r] of the reduced problem. Samples that are near its
/// border and not on its plus side (`side` [n] of the reduced samples) are put on the border exactly, where that
/// can be; else it is moved to w.x_i < 0 by twice the rounding of that sum, in whatever order it is taken, and
/// no more. Returns whether there are any.
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
  if (VectorD exact = exactly_on_border(inputs(Eigen::all, near), direction); exact.size() > 0) {
    direction = std::move(exact);
    return true;
  }
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
                      const Pool& neurons, const VectorD& coefficients, double derivative_at_zero,
                      GaugeKind gauge) {
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
    // By a power of 2: what is exactly 0 stays so.
    inner.row(j) = direction.transpose() * std::exp2(-std::ilogb(direction.stableNorm()));
  }
  const MatrixD values = activations_of(preactivations_of(inputs, inner), slope);
  Samples stored = make_samples(inputs, slope, derivative_at_zero * derivative_at_zero,
                                2 / static_cast<double>(total));
  if (gauge == GaugeKind::path_norm)
    set_path_norm(stored, MatrixD::Identity(inputs.rows(), inputs.rows()));
  for (Index j = 0; j < m; ++j) {
    const Side side =
        ((inputs.transpose() * inner.row(j).transpose()).array() > 0).cast<std::uint8_t>();
    const double g =
        price(stored, inner.row(j).transpose(), squared_derivatives(stored, side), values.col(j));
    outer(j) =
        coefficients(j) * reduction.cost_unit / reduction.label_unit / g;  // of labels / label_unit
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
  const MatrixD z = inner * inputs;                               // [m, N]
  const MatrixD measured = activations_of(z.transpose(), slope);  // [N, m]
  for (Index j = 0; j < m; ++j) {
    const VectorD squares = z.row(j).transpose().unaryExpr([&](double value) {
      return value > 0 ? 1 : value < 0 ? slope * slope : stored.square_at_zero;
    });
    result.cost +=
        std::abs(outer(j)) * price(stored, inner.row(j).transpose(), squares, measured.col(j));
  }
  result.residual =
      size > 0 ? ((measured * outer - labels) / reduction.label_unit).squaredNorm() / size : 0;
  return result;
}

}  // namespace flatgrid::flattest
