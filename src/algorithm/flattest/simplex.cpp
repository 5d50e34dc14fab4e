// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/simplex.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::flattest {

namespace {

constexpr double k_tolerance = 1e-10;  ///< |phi.l| <= 1 + this is feasible
constexpr int k_refactor =
    300;  ///< pivots between factorizations, unless the inverse is inaccurate
/// The inverse is inaccurate if an entering feature's l.phi differs by more than this from +-1 after its pivot.
constexpr double k_inaccurate = 1e-11;
constexpr std::size_t k_priced = 48;  ///< features that may enter before the pool is priced again
constexpr int k_pivots = 4;           ///< largest number of pivots for each of these features
/// A coefficient does not leave the basis if its change is below this share of the greatest change.
constexpr double k_pivot = 1e-6;
/// The perturbations relative to the mean coefficient: first a large one against degeneracy, then a small one.
constexpr double k_coarse = 1e-5;
constexpr double k_fine = 1e-7;

/// The basis with its explicit inverse.
class Basis {
 public:
  /// Its rows are contiguous.
  using Inverse = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

  Basis(const MatrixD& features, std::vector<Index> columns)
      : features_(features), columns_(std::move(columns)) {
    factor();
  }
  void factor() {
    inverse_ = flatgrid::inverse(features_(Eigen::all, columns_));
    since_ = 0;
  }
  /// Replaces the column at `place` by `entering`, whose representation in the basis is given.
  void exchange(Index place, Index entering, const VectorD& representation) {
    columns_[static_cast<std::size_t>(place)] = entering;
    ++since_;
    const Eigen::RowVectorXd row = inverse_.row(place) / representation(place);
    inverse_.noalias() -= representation * row;
    inverse_.row(place) = row;
  }
  [[nodiscard]] bool is_worn() const { return since_ >= k_refactor; }
  [[nodiscard]] const Inverse& inverse() const { return inverse_; }
  [[nodiscard]] const std::vector<Index>& columns() const { return columns_; }

 private:
  const MatrixD& features_;
  std::vector<Index> columns_;
  Inverse inverse_;
  int since_ = 0;  ///< exchanges since the last factorization
};

/// The state of the method: a basis B, the coefficients b of the perturbed labels, and the multipliers l with
/// B'l = sign(b).
class Simplex {
 public:
  Simplex(const MatrixD& features, const VectorD& labels, std::vector<Index> columns)
      : features_(features),
        labels_(labels),
        basis_(features, std::move(columns)),
        most_pivots_(static_cast<int>(20 * features.rows() + 1000)) {}

  /// Sets b to the coefficients of the unperturbed labels. Returns the mean |b|.
  double recompute() {
    b_ = basis_.inverse() * labels_;
    return b_.cwiseAbs().mean();
  }

  /// Replaces y by y + B p, so that no b_k + p_k is 0: |p_k| is random between 0.5 and 1.5 times `size`; the sign of
  /// p_k is that of b_k if `keep_signs`, else random.
  void perturb(double size, bool keep_signs) {
    VectorD p(b_.size());
    for (Index k = 0; k < p.size(); ++k) {
      bits_ = bits_ * 6364136223846793005U + 1442695040888963407U;
      p(k) = size * (0.5 + static_cast<double>(bits_ >> 40U) * 0x1p-24);
      if (keep_signs ? b_(k) < 0 : ((bits_ >> 33U) & 1U) != 0) p(k) = -p(k);
    }
    perturbed_ = labels_ + features_(Eigen::all, basis_.columns()) * p;
    b_ = basis_.inverse() * labels_ + p;
  }

  /// Pivots until no feature is infeasible beyond rounding, the cost has not fallen three times in a row, or the pivots
  /// are used up.
  void minimize() {
    double cost = std::numeric_limits<double>::infinity();
    int stalled = 0;
    while (pivots_ < most_pivots_) {
      const double reached = b_.cwiseAbs().sum();
      stalled = reached < cost * (1 - 1e-13) ? 0 : stalled + 1;
      if (stalled == 3) return;
      cost = std::min(cost, reached);
      set_multipliers();
      const std::vector<Index> infeasible = price();
      if (infeasible.empty()) return;
      // Limits the pivots per feature: among columns that are equal up to rounding the method would cycle.
      const int enough =
          std::min(most_pivots_, pivots_ + k_pivots * static_cast<int>(infeasible.size()));
      while (pivots_ < enough) {
        const Index entering = most_infeasible(infeasible);
        if (entering < 0) break;
        const double direction = features_.col(entering).dot(multipliers_) > 0 ? 1 : -1;
        const VectorD representation = basis_.inverse() * features_.col(entering);
        const Step step = ratio_test(entering, direction, representation);
        if (step.leaving < 0) break;
        pivot(entering, direction, representation, step);
      }
    }
  }

  /// The coefficients of the unperturbed labels in the basis, and the multipliers l = B^-T sign(b), b those of the
  /// perturbed labels.
  SimplexSolution solution() {
    basis_.factor();
    set_multipliers();
    SimplexSolution solution{.independent = true,
                             .basis = basis_.columns(),
                             .coefficients = basis_.inverse() * labels_,
                             .multipliers = multipliers_,
                             .pivots = pivots_};
    const MatrixD matrix = features_(Eigen::all, solution.basis);
    for (int pass = 0; pass < 2; ++pass)
      solution.coefficients += basis_.inverse() * (labels_ - matrix * solution.coefficients);
    solution.cost = solution.coefficients.cwiseAbs().sum();
    return solution;
  }

 private:
  /// The coefficient of the entering feature, and the position that it replaces.
  struct Step {
    double length = 0;
    Index leaving = -1;
  };

  /// l = B^-T sign(b)
  void set_multipliers() {
    const VectorD signs = b_.unaryExpr([](double x) { return x < 0 ? -1.0 : 1.0; });
    multipliers_.noalias() = basis_.inverse().transpose() * signs;
  }

  /// The features with the greatest |phi_j.l| > 1, greatest first, at most k_priced.
  [[nodiscard]] std::vector<Index> price() const {
    const VectorD all = (features_.transpose() * multipliers_).cwiseAbs();
    std::vector<Index> infeasible;
    for (Index j = 0; j < all.size(); ++j)
      if (all(j) > 1 + k_tolerance) infeasible.push_back(j);
    const std::size_t kept = std::min(infeasible.size(), k_priced);
    std::partial_sort(
        infeasible.begin(), infeasible.begin() + static_cast<long>(kept), infeasible.end(),
        [&](Index a, Index c) { return all(a) > all(c) || (all(a) == all(c) && a < c); });
    infeasible.resize(kept);
    return infeasible;
  }

  /// The most infeasible of the priced features; -1 if all are feasible now.
  [[nodiscard]] Index most_infeasible(const std::vector<Index>& priced) const {
    Index entering = -1;
    double worst = 1 + k_tolerance;
    for (const Index j : priced) {
      const double value = std::abs(features_.col(j).dot(multipliers_));
      if (value > worst) worst = value, entering = j;
    }
    return entering;
  }

  /// The step t to the least cost along b(t) = b - t direction representation. The slope of the cost is
  /// 1 - |phi.l| at t = 0 and grows by 2 |representation_k| where b_k changes sign; the step ends at the first
  /// kink from which the cost does not fall.
  [[nodiscard]] Step ratio_test(Index entering, double direction,
                                const VectorD& representation) const {
    std::vector<std::pair<double, Index>> kinks;
    const double least = k_pivot * representation.cwiseAbs().maxCoeff();
    for (Index k = 0; k < b_.size(); ++k) {
      const double change = direction * representation(k);
      if (std::abs(change) > least && (b_(k) < 0) == (change < 0))
        kinks.emplace_back(b_(k) / change, k);
    }
    std::sort(kinks.begin(), kinks.end());
    double slope = 1 - std::abs(features_.col(entering).dot(multipliers_));
    Step step;
    for (const auto& [t, k] : kinks) {
      slope += 2 * std::abs(representation(k));
      step = {t, k};
      if (slope >= 0) break;
    }
    return step;
  }

  /// Exchanges the basis. The rows r_k of its inverse change so that r_k.phi is 0 for the entering feature, 1 for its
  /// own place p; therefore l gains (sign - l.phi) r_p, and 2 sign_k r_k for every coefficient whose sign changes.
  void pivot(Index entering, double direction, const VectorD& representation, const Step& step) {
    const double before = features_.col(entering).dot(multipliers_);
    basis_.exchange(step.leaving, entering, representation);
    for (Index k = 0; k < b_.size(); ++k) {
      const bool was_negative = b_(k) < 0;
      b_(k) -= step.length * direction * representation(k);
      if (k != step.leaving && (b_(k) < 0) != was_negative)
        multipliers_ += (was_negative ? 2 : -2) * basis_.inverse().row(k).transpose();
    }
    b_(step.leaving) = direction * step.length;
    const double sign = b_(step.leaving) < 0 ? -1 : 1;
    multipliers_ += (sign - before) * basis_.inverse().row(step.leaving).transpose();
    ++pivots_;
    if (basis_.is_worn() ||
        std::abs(features_.col(entering).dot(multipliers_) - sign) > k_inaccurate) {
      basis_.factor();
      b_ = basis_.inverse() * perturbed_;
      set_multipliers();
    }
  }

  const MatrixD& features_;
  const VectorD& labels_;
  Basis basis_;
  int most_pivots_;
  int pivots_ = 0;
  VectorD b_;            ///< [n]
  VectorD perturbed_;    ///< the perturbed labels y + B p [n]
  VectorD multipliers_;  ///< l [n]
  /// The state of the random numbers of `perturb`.
  std::uint64_t bits_ = 0x9e3779b97f4a7c15U;
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
  std::vector<Index> columns = start;
  if (static_cast<Index>(columns.size()) != features.rows())
    columns = independent_columns(features, weights);
  if (static_cast<Index>(columns.size()) != features.rows()) return {};
  Simplex simplex(features, labels, std::move(columns));
  // The mean |b| of a bad first basis is too large, so the large perturbation is renewed as long as each minimization
  // at least halves the mean.
  double mean = std::numeric_limits<double>::infinity();
  for (bool last = false; !last;) {
    const double present = simplex.recompute();
    last = !(present < 0.5 * mean);
    mean = present;
    simplex.perturb((last ? k_fine : k_coarse) * mean, last);
    simplex.minimize();
  }
  return simplex.solution();
}

}  // namespace flatgrid::flattest
