// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/vertex_ascent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::flattest {

namespace {

constexpr Index k_refactor = 50;  ///< pivots between factorizations
constexpr Index k_priced =
    40;  ///< columns that may enter, and pivots, before the pool is priced again
/// A column enters if it is worth more than this share of the budget's price.
constexpr double k_worth = 1e-7;
/// Entries of a representation below this share of the greatest do not leave the basis: amounts may fall
/// below 0 by this share of the budget.
constexpr double k_pivot = 1e-8;
/// Amounts may fall below 0 by this share of the budget where that allows a greater pivot (Harris).
constexpr double k_tolerance = 1e-14;
constexpr Index k_slack = -1;

}  // namespace

VertexAscent::VertexAscent(const measure::LossForm& form, const PoolForm& pool,
                           const VectorD& right, Vertex start)
    : form_(form), pool_(pool), right_(right), vertex_(std::move(start)) {
  kernel_.resize(right.size(), pool.size());
  for (Index k = 0; k < right.size(); ++k) set_kernel(k);
  factor();
}

void VertexAscent::factor() {
  const Index size = right_.size();
  MatrixD basis(size, size);
  for (Index k = 0; k < size; ++k) {
    const Index j = vertex_.columns[static_cast<std::size_t>(k)];
    if (j == k_slack)
      basis.col(k).setZero();
    else
      basis.col(k).head(size - 1) = vertex_.signs(k) * pool_.features.col(j);
    basis(size - 1, k) = 1;
  }
  inverse_ = inverse(basis);
  amounts_ = inverse_ * right_;
}

/// K of the pool and the column that is in a place of the basis.
void VertexAscent::set_kernel(Index place) {
  const Index j = vertex_.columns[static_cast<std::size_t>(place)];
  if (j == k_slack)
    kernel_.row(place).setZero();
  else
    kernel_.row(place) = form_.kernel(pool_.units, pool_.units.col(j))
                             .cwiseProduct(pool_.lengths * pool_.lengths(j))
                             .transpose();
}

/// The linear functional, or the derivative of P, at columns of the pool; 0 for the slack.
VectorD VertexAscent::objective(const VectorD* linear, const std::vector<Index>& columns) const {
  VectorD values(static_cast<Index>(columns.size()));
  const VectorD b = coefficients();
  for (Index k = 0; k < values.size(); ++k) {
    const Index j = columns[static_cast<std::size_t>(k)];
    if (j == k_slack)
      values(k) = 0;
    else
      values(k) = linear != nullptr ? (*linear)(j) : 2 * (kernel_.col(j).dot(b) - pool_.cross(j));
  }
  return values;
}

/// (l, t) = B^-T c_B
void VertexAscent::set_multipliers(const VectorD* linear) {
  multipliers_.noalias() =
      inverse_.transpose() * objective(linear, vertex_.columns).cwiseProduct(vertex_.signs);
}

/// The column enters the basis with this sign; false if there is no good pivot.
bool VertexAscent::enter(Index column, double sign) {
  const Index size = right_.size();
  VectorD entering = VectorD::Zero(size);
  if (column != k_slack) entering.head(size - 1) = sign * pool_.features.col(column);
  entering(size - 1) = 1;
  const VectorD representation = inverse_ * entering;
  const double least = k_pivot * representation.cwiseAbs().maxCoeff();
  const double tolerance = k_tolerance * right_(size - 1);
  double longest = std::numeric_limits<double>::infinity();
  for (Index k = 0; k < size; ++k)
    if (representation(k) > least)
      longest = std::min(longest, (std::max(amounts_(k), 0.0) + tolerance) / representation(k));
  Index leaving = -1;
  for (Index k = 0; k < size; ++k)
    if (representation(k) > least && amounts_(k) <= longest * representation(k) &&
        (leaving < 0 || representation(k) > representation(leaving)))
      leaving = k;
  if (leaving < 0) return false;
  const double step = std::max(0.0, amounts_(leaving) / representation(leaving));
  amounts_ -= step * representation;
  amounts_(leaving) = step;
  vertex_.columns[static_cast<std::size_t>(leaving)] = column;
  vertex_.signs(leaving) = sign;
  set_kernel(leaving);
  if (++pivots_ % k_refactor == 0) {
    factor();
    return true;
  }
  const Eigen::RowVectorXd row = inverse_.row(leaving) / representation(leaving);
  inverse_.noalias() -= representation * row;
  inverse_.row(leaving) = row;
  return true;
}

void VertexAscent::pivot_while_better(const VectorD* linear, Index most) {
  const Index r = right_.size() - 1;
  const Index end = pivots_ + most;
  while (pivots_ < end) {
    set_multipliers(linear);
    const VectorD c = linear != nullptr
                          ? *linear
                          : VectorD(2 * (kernel_.transpose() * coefficients() - pool_.cross));
    const VectorD worth =
        (c - pool_.features.transpose() * multipliers_.head(r)).cwiseAbs().array() -
        multipliers_(r);
    const auto least = [&] { return k_worth * std::abs(multipliers_(r)) + 1e-300; };
    std::vector<Index> priced = largest(worth, k_priced);
    std::erase_if(priced, [&](Index j) { return !(worth(j) > least()); });
    const bool slack_left = std::ranges::find(vertex_.columns, k_slack) == vertex_.columns.end();
    if (slack_left && multipliers_(r) < 0) priced.push_back(k_slack);
    if (priced.empty()) return;
    const MatrixD features = pool_.features(Eigen::all, [&] {
      std::vector<Index> columns = priced;
      std::erase(columns, k_slack);
      return columns;
    }());
    bool moved = false;
    std::vector<bool> refused(priced.size(), false);
    for (Index k = 0; k < k_priced && pivots_ < end; ++k) {
      if (moved) set_multipliers(linear);
      const VectorD value = objective(linear, priced);
      VectorD gain = value;  // c_j - l.phi_j
      gain.head(features.cols()) -= features.transpose() * multipliers_.head(r);
      VectorD net = gain.cwiseAbs().array() - multipliers_(r);
      for (std::size_t p = 0; p < refused.size(); ++p)
        if (refused[p]) net(static_cast<Index>(p)) = 0;
      Index best = 0;
      if (!(net.maxCoeff(&best) > least())) break;
      const auto place = static_cast<std::size_t>(best);
      if (enter(priced[place], gain(best) < 0 ? -1 : 1))
        moved = true;
      else
        refused[place] = true;
    }
    if (!moved) return;
  }
}

void VertexAscent::maximize(const VectorD& linear, Index most) {
  pivot_while_better(&linear, most);
}

void VertexAscent::ascend(Index most) {
  pivot_while_better(nullptr, most);
  set_multipliers(nullptr);
}

bool VertexAscent::is_feasible() {
  factor();
  const double budget = right_(right_.size() - 1);
  return inverse_.allFinite() && amounts_.minCoeff() >= -1e-7 * budget &&
         std::abs(amounts_.sum() - budget) <= 1e-9 * budget;
}

VectorD VertexAscent::worth() const {
  const VectorD c = 2 * (kernel_.transpose() * coefficients() - pool_.cross);
  return (c - pool_.features.transpose() * multipliers()).cwiseAbs().array() - price_of_budget();
}

double VertexAscent::loss() const {
  const VectorD b = coefficients();
  double sum = 0;
  for (Index k = 0; k < b.size(); ++k) {
    const Index j = vertex_.columns[static_cast<std::size_t>(k)];
    if (j != k_slack) sum += b(k) * (kernel_.col(j).dot(b) - 2 * pool_.cross(j));
  }
  return sum;
}

}  // namespace flatgrid::flattest
