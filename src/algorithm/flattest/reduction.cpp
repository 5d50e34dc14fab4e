// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/reduction.hpp"

#include <cmath>
#include <utility>

#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/exact_dot.hpp"

namespace flatgrid::flattest {

namespace {

constexpr double k_same_ray = 4e-15;  ///< distance of unit vectors that are the same to rounding
constexpr double k_same_label = 1e-9;
constexpr double k_dependent =
    1e-10;  ///< lines of opposite samples with a smaller pivot are dependent
constexpr int k_whitening_passes = 3;

/// The power of 2 next below a positive number; 1 for 0.
double power_of_two(double value) {
  return value > 0 ? std::exp2(std::floor(std::log2(value))) : 1;
}

/// Columns of unit length; zero columns stay.
MatrixD directions_of(const MatrixD& columns) {
  MatrixD units = columns;
  for (auto unit : units.colwise())
    if (const double norm = unit.stableNorm(); norm > 0) unit /= norm;
  return units;
}

/// X = inputs^T basis, each entry rounded once.
MatrixD product_rounded_once(const MatrixD& basis, const MatrixD& inputs) {
  MatrixD product(basis.cols(), inputs.cols());
  for (Index i = 0; i < inputs.cols(); ++i)
    for (Index a = 0; a < basis.cols(); ++a) product(a, i) = exact_dot(inputs.col(i), basis.col(a));
  return product;
}

/// Samples [r, n] in coordinates in which their directions are orthonormal, and the basis [d, r] with
/// samples = basis^T given.
struct Whitened {
  MatrixD inputs;
  MatrixD basis;
};

/// Of given samples [d, n], without dimensions of less than `least_extent`. Where they span less than the
/// space, the basis lies in their span.
Whitened whiten(const MatrixD& given, double least_extent) {
  const Index d = given.rows();
  Whitened result{.inputs = given, .basis = MatrixD::Identity(d, d)};
  if (given.cols() == 0) return result;
  // The product of basis and given samples is exact but for one rounding, so that every pass improves
  // the condition, however bad it was.
  for (int pass = 0; pass < k_whitening_passes; ++pass) {
    const MatrixD directions = directions_of(result.inputs).transpose();
    const PivotedQr<double> qr(directions, least_extent);
    const std::vector<Index> order = qr.order();
    const std::vector<Index> kept(order.begin(), order.begin() + qr.rank());
    result.basis = MatrixD(result.basis(Eigen::all, kept)) * qr.inverse_triangle();
    if (pass == 0 && qr.rank() < d) {
      const MatrixD span = PivotedQr<double>(directions_of(given), least_extent).range();
      if (span.cols() == qr.rank()) result.basis = span * (span.transpose() * result.basis);
    }
    result.inputs = product_rounded_once(result.basis, given);
  }
  return result;
}

/// Pairs of opposite rays, and which of them the others determine.
void drop_determined_rows(Reduction& reduction, double least_label) {
  const Samples& samples = reduction.samples;
  const MatrixD units = samples.inputs * samples.norms.cwiseInverse().asDiagonal();
  std::vector<std::pair<Index, Index>> pairs;
  for (Index i = 0; i < samples.size(); ++i)
    for (Index j = i + 1; j < samples.size(); ++j)
      if (std::abs(units(0, i) + units(0, j)) <= k_same_ray &&
          (units.col(i) + units.col(j)).norm() <= k_same_ray)
        pairs.emplace_back(i, j);
  std::vector<bool> imposed(static_cast<std::size_t>(samples.size()), true);
  if (!pairs.empty()) {
    MatrixD lines(samples.dimension(), static_cast<Index>(pairs.size()));
    VectorD slopes(
        lines.cols());  // (y+ / ||x+|| - y- / ||x-||): linear in u where it can be fitted
    for (Index p = 0; p < lines.cols(); ++p) {
      const auto [i, j] = pairs[static_cast<std::size_t>(p)];
      lines.col(p) = units.col(i);
      slopes(p) = reduction.labels(i) / samples.norms(i) - reduction.labels(j) / samples.norms(j);
    }
    const PivotedQr<double> qr(lines, k_dependent);
    const Index rank = qr.rank();
    if (rank < lines.cols()) {
      const std::vector<Index> order = qr.order();
      for (Index p = rank; p < lines.cols(); ++p)
        imposed[static_cast<std::size_t>(
            pairs[static_cast<std::size_t>(order[static_cast<std::size_t>(p)])].second)] = false;
      const VectorD fitted =
          lines.transpose() * LeastSquares(lines.transpose(), k_dependent).solve(slopes);
      if ((fitted - slopes).norm() > least_label)
        reduction.obstacle =
            "the labels of opposite samples x and -x contradict each other: no network fits them";
    }
  }
  for (Index i = 0; i < samples.size(); ++i)
    if (imposed[static_cast<std::size_t>(i)]) reduction.imposed.push_back(i);
}

}  // namespace

VectorD Reduction::expanded(const VectorD& multipliers) const {
  VectorD result(share.size());
  for (Index k = 0; k < result.size(); ++k) {
    const Index i = ray[static_cast<std::size_t>(k)];
    result(k) = i < 0 ? 0 : share(k) * multipliers(i);
  }
  return result;
}

VectorD Reduction::reduced(const VectorD& multipliers) const {
  VectorD result = VectorD::Zero(samples.size());
  for (Index k = 0; k < share.size(); ++k) {
    const Index i = ray[static_cast<std::size_t>(k)];
    if (i >= 0) result(i) += share(k) * multipliers(k);
  }
  return result;
}

Reduction reduce(const MatrixD& inputs, const VectorD& labels, double slope, double square_at_zero,
                 double least_extent, GaugeKind gauge) {
  const Index total = inputs.cols();
  const bool even = slope == -1;
  Reduction reduction;
  reduction.label_unit = power_of_two(labels.stableNorm());
  reduction.input_unit = power_of_two(inputs.size() > 0 ? inputs.cwiseAbs().maxCoeff() : 0);
  reduction.ray.assign(static_cast<std::size_t>(total), -1);
  reduction.share = VectorD::Zero(total);
  const VectorD scaled_labels = labels / reduction.label_unit;
  const double least_label = k_same_label * scaled_labels.norm();
  const VectorD norms = (inputs / reduction.input_unit).colwise().norm();
  // Every coordinate in a unit of its own.
  const VectorD units_of_coordinates =
      inputs.rowwise().lpNorm<Eigen::Infinity>().unaryExpr(&power_of_two);
  const MatrixD scaled = units_of_coordinates.cwiseInverse().asDiagonal() * inputs;
  const MatrixD units = directions_of(scaled);

  // Rays: the first sample of each, and whose they are (-1 and 1 are one ray for abs).
  std::vector<Index>& first = reduction.first;
  for (Index k = 0; k < total; ++k) {
    if (units.col(k).isZero(0)) {
      if (std::abs(scaled_labels(k)) > least_label)
        reduction.obstacle =
            "sample " + std::to_string(k) + " is zero and its label is not: no network fits it";
      continue;
    }
    std::size_t ray = 0;
    for (; ray < first.size(); ++ray) {
      const Index other = first[ray];
      const double difference = (units.col(k) - units.col(other)).cwiseAbs().maxCoeff();
      const double opposite = (units.col(k) + units.col(other)).cwiseAbs().maxCoeff();
      if (difference <= k_same_ray || (even && opposite <= k_same_ray)) break;
    }
    if (ray == first.size()) first.push_back(k);
    reduction.ray[static_cast<std::size_t>(k)] = static_cast<Index>(ray);
  }
  const auto count = static_cast<Index>(first.size());
  VectorD squares = VectorD::Zero(count);
  std::vector<Index> members(first.size(), 0);
  for (Index k = 0; k < total; ++k)
    if (const Index i = reduction.ray[static_cast<std::size_t>(k)]; i >= 0) {
      squares(i) += norms(k) * norms(k);
      ++members[static_cast<std::size_t>(i)];
    }
  reduction.labels = VectorD::Zero(count);
  for (Index k = 0; k < total; ++k) {
    const Index i = reduction.ray[static_cast<std::size_t>(k)];
    if (i < 0) continue;
    const bool alone = members[static_cast<std::size_t>(i)] == 1;
    reduction.share(k) = alone ? 1 : norms(k) / std::sqrt(squares(i));
    reduction.labels(i) += reduction.share(k) * scaled_labels(k);
  }
  for (Index k = 0; k < total; ++k) {
    const Index i = reduction.ray[static_cast<std::size_t>(k)];
    if (i >= 0 &&
        std::abs(scaled_labels(k) - reduction.share(k) * reduction.labels(i)) > least_label)
      reduction.obstacle = "samples " + std::to_string(first[static_cast<std::size_t>(i)]) +
                           " and " + std::to_string(k) +
                           " lie on one ray to rounding and their labels are not proportional: no "
                           "network of doubles fits them";
  }
  MatrixD joined = scaled(Eigen::all, first);
  for (Index i = 0; i < count; ++i)
    joined.col(i) /= reduction.share(first[static_cast<std::size_t>(i)]);

  const Whitened whitened = whiten(joined, least_extent);
  reduction.basis = units_of_coordinates.cwiseInverse().asDiagonal() * whitened.basis;
  reduction.samples =
      make_samples(whitened.inputs, slope, square_at_zero, 2 / static_cast<double>(total));
  reduction.samples.squared_norms = squares;
  reduction.cost_unit = reduction.label_unit * reduction.input_unit;
  if (gauge == GaugeKind::path_norm) {
    // Least is the norm of directions in the span of the samples, as the data have them.
    const MatrixD span = PivotedQr<double>(directions_of(inputs), least_extent).range();
    if (span.cols() == reduction.basis.cols())
      reduction.basis = MatrixD(span * (span.transpose() * reduction.basis));
    set_path_norm(reduction.samples, reduction.input_unit * reduction.basis);
    reduction.cost_unit = reduction.label_unit / reduction.input_unit;
  }
  if (even)
    for (Index i = 0; i < count; ++i) reduction.imposed.push_back(i);
  else
    drop_determined_rows(reduction, k_same_label * reduction.labels.norm());
  return reduction;
}

}  // namespace flatgrid::flattest
