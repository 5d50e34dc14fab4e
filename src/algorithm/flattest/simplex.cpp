// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/simplex.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid {

namespace {

constexpr double k_tolerance = 1e-10;  ///< |phi.l| <= 1 + this is feasible
constexpr int k_refactor = 60;         ///< pivots between factorizations
constexpr std::size_t k_candidates = 48;
constexpr int k_pivots = 4;  ///< a candidate, before the pool is priced again
/// Coefficients that change by less than this, relative to the greatest, do not leave the basis.
constexpr double k_pivot = 1e-6;
/// Perturbations, of the mean coefficient: one that leads past degenerate bases, then one that hardly
/// matters.
constexpr double k_coarse = 1e-5;
constexpr double k_fine = 1e-7;

/// The basis with its explicit inverse.
class Basis {
 public:
  Basis(const MatrixD& features, std::vector<Index> columns)
      : features_(features), columns_(std::move(columns)) {
    factor();
  }
  void factor() {
    inverse_ = flatgrid::inverse(features_(Eigen::all, columns_));
    since_ = 0;
  }
  /// The column that stands at `place` gives way to `entering`, whose representation is given.
  void exchange(Index place, Index entering, const VectorD& representation) {
    columns_[static_cast<std::size_t>(place)] = entering;
    if (++since_ >= k_refactor) {
      factor();
      return;
    }
    const Eigen::RowVectorXd row = inverse_.row(place) / representation(place);
    inverse_.noalias() -= representation * row;
    inverse_.row(place) = row;
  }
  [[nodiscard]] const MatrixD& inverse() const { return inverse_; }
  [[nodiscard]] const std::vector<Index>& columns() const { return columns_; }

 private:
  const MatrixD& features_;
  std::vector<Index> columns_;
  MatrixD inverse_;
  int since_ = 0;
};

}  // namespace

std::vector<Index> independent_columns(const MatrixD& features, const VectorD& weights) {
  const Index n = features.rows();
  std::vector<Index> order(static_cast<std::size_t>(features.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return std::abs(weights(a)) > std::abs(weights(b)); });
  MatrixD basis(n, n);
  Index rank = 0;
  std::vector<Index> chosen;
  std::vector<bool> taken(order.size(), false);
  for (const double least : {1e-2, 1e-5, 1e-9}) {
    for (std::size_t k = 0; k < order.size() && rank < n; ++k) {
      if (taken[k]) continue;
      const double length = features.col(order[k]).norm();
      if (length == 0) continue;
      VectorD x = features.col(order[k]) / length;
      for (int pass = 0; pass < 2; ++pass)
        x -= basis.leftCols(rank) * (basis.leftCols(rank).transpose() * x);
      const double left = x.norm();
      if (left < least) continue;
      taken[k] = true;
      basis.col(rank++) = x / left;
      chosen.push_back(order[k]);
    }
  }
  return chosen;
}

SimplexSolution solve_simplex(const MatrixD& features, const VectorD& labels,
                              const std::vector<Index>& start, const VectorD& weights) {
  const Index n = features.rows();
  SimplexSolution solution;
  std::vector<Index> columns = start;
  if (static_cast<Index>(columns.size()) != n) columns = independent_columns(features, weights);
  if (static_cast<Index>(columns.size()) != n) return solution;
  solution.independent = true;
  Basis basis(features, columns);
  const auto most_pivots = static_cast<int>(20 * n + 1000);

  VectorD b = basis.inverse() * labels;
  VectorD perturbed;
  std::uint64_t bits = 0x9e3779b97f4a7c15U;
  // y + B p, p_k of the given size, so that none is 0: of random sign, or of b's.
  const auto perturb = [&](double size, bool keep_signs) {
    VectorD p(n);
    for (Index k = 0; k < n; ++k) {
      bits = bits * 6364136223846793005U + 1442695040888963407U;
      p(k) = size * (0.5 + static_cast<double>(bits >> 40U) * 0x1p-24);
      if (keep_signs ? b(k) < 0 : ((bits >> 33U) & 1U) != 0) p(k) = -p(k);
    }
    perturbed = labels + features(Eigen::all, basis.columns()) * p;
    b = basis.inverse() * labels + p;
  };
  const auto signs = [&] {
    return VectorD(b.unaryExpr([](double x) { return x < 0 ? -1.0 : 1.0; }));
  };
  std::vector<Index> candidates;
  VectorD l(n);
  // The mean coefficient of a bad first basis says little of those to come: as long as it falls, the
  // coarse perturbation is made anew.
  double mean = std::numeric_limits<double>::infinity();
  for (bool last = false; !last;) {
    b = basis.inverse() * labels;
    const double present = b.cwiseAbs().mean();
    last = !(present < 0.5 * mean);
    mean = present;
    perturb((last ? k_fine : k_coarse) * mean, last);
    double cost = std::numeric_limits<double>::infinity();
    int stalled = 0;
    while (solution.pivots < most_pivots) {
      // What is left after three rounds without progress is rounding.
      const double reached = b.cwiseAbs().sum();
      stalled = reached < cost * (1 - 1e-13) ? 0 : stalled + 1;
      if (stalled == 3) break;
      cost = std::min(cost, reached);
      l.noalias() = basis.inverse().transpose() * signs();
      // Price the whole pool, then pivot on the worst of it while they stay infeasible.
      const VectorD all = (features.transpose() * l).cwiseAbs();
      candidates.clear();
      for (Index j = 0; j < all.size(); ++j)
        if (all(j) > 1 + k_tolerance) candidates.push_back(j);
      if (candidates.empty()) break;
      const std::size_t kept = std::min(candidates.size(), k_candidates);
      std::partial_sort(
          candidates.begin(), candidates.begin() + static_cast<long>(kept), candidates.end(),
          [&](Index a, Index c) { return all(a) > all(c) || (all(a) == all(c) && a < c); });
      candidates.resize(kept);
      // A few pivots each: among columns that are the same to rounding it would not end.
      const int enough = std::min(most_pivots, solution.pivots + k_pivots * static_cast<int>(kept));
      while (solution.pivots < enough) {
        Index entering = -1;
        double worst = 1 + k_tolerance;
        for (const Index j : candidates) {
          const double value = std::abs(features.col(j).dot(l));
          if (value > worst) worst = value, entering = j;
        }
        if (entering < 0) break;
        const double direction = features.col(entering).dot(l) > 0 ? 1 : -1;
        const VectorD representation = basis.inverse() * features.col(entering);
        // b(t) = b - t direction representation; the cost's slope is 1 - |phi.l| at 0 and grows by
        // 2 |representation_k| where b_k changes sign.
        std::vector<std::pair<double, Index>> kinks;
        const double least = k_pivot * representation.cwiseAbs().maxCoeff();
        for (Index k = 0; k < n; ++k) {
          const double change = direction * representation(k);
          if (std::abs(change) > least && (b(k) < 0) == (change < 0))
            kinks.emplace_back(b(k) / change, k);
        }
        std::sort(kinks.begin(), kinks.end());
        double slope = 1 - worst;
        Index leaving = -1;
        double length = 0;
        for (const auto& [t, k] : kinks) {
          slope += 2 * std::abs(representation(k));
          length = t;
          leaving = k;
          if (slope >= 0) break;
        }
        if (leaving < 0) break;
        b -= length * direction * representation;
        b(leaving) = direction * length;
        basis.exchange(leaving, entering, representation);
        ++solution.pivots;
        if (solution.pivots % k_refactor == 0) b = basis.inverse() * perturbed;
        l.noalias() = basis.inverse().transpose() * signs();
      }
    }
  }
  basis.factor();
  solution.multipliers = basis.inverse().transpose() * signs();
  solution.basis = basis.columns();
  const MatrixD matrix = features(Eigen::all, solution.basis);
  solution.coefficients = basis.inverse() * labels;
  for (int pass = 0; pass < 2; ++pass)
    solution.coefficients += basis.inverse() * (labels - matrix * solution.coefficients);
  solution.cost = solution.coefficients.cwiseAbs().sum();
  return solution;
}

}  // namespace flatgrid
