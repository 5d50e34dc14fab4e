// SPDX-License-Identifier: MIT
/// The null-space radius of samples: how great a flat function can be that no sample sees,
///   kappa = max { E h^2 : h(x_i) = 0 for all i, F(h) <= 1 },
/// F the orbit minimum of networks of degree 1 of every width. It is a figure of the inputs and their law alone.
///
/// From below by the search of budget_search.hpp with y = 0, f* = 0, R = 1. From above by linear
/// reconstruction: for any functions u_i(x), h = int r_w dmu(w) with r_w = sigma(w.x) - u(x).sigma(X w), so that
///   kappa <= sup_w E r_w^2 / g(w)^2.
/// u is the posterior mean under a prior pi over directions; with columns divided by g,
///   C = Phi diag(pi) Phi',  A = C^-1 Phi diag(pi) K,  Q = A diag(pi) Phi' C^-1,
///   v_j = E r_j^2 = K_jj - 2 phi_j.A_j + phi_j'Q phi_j.
/// V(pi) = sum_j pi_j v_j is concave, greatest for the least favourable prior, where v_j = V on its support;
/// pi_j <- pi_j sqrt(v_j / V) climbs. Directions with v above V are added. The supremum over all directions is searched
/// for, so that the bound is `estimated`.
///
/// If a neuron is 0 at all samples and not elsewhere, kappa is infinite.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/flattest/budget_search.hpp"

namespace flatgrid::flattest {

struct NullSpaceRadius {
  double found;  ///< kappa at least, but for rounding
  double bound;  ///< kappa at most, as far as the search for the supremum has come
  algorithm::BoundKind kind;
};

/// Why there is no such figure of these points: of a degree above 1, of other inputs than Gaussian ones or the
/// sphere.
std::optional<std::string> null_space_conflict(const algorithm::PointOutline& points);

class NullSpaceSearch {
 public:
  /// Of the inputs of a task, whose seed is that of the search.
  NullSpaceSearch(const algorithm::Task& task, const problem::Problem& problem);

  [[nodiscard]] bool finished() const;
  /// One round.
  void advance();
  [[nodiscard]] NullSpaceRadius result() const;

 private:
  std::int64_t seed_;
  Reduction reduction_;
  measure::LossForm form_;
  std::unique_ptr<BudgetSearch> search_;  ///< null where kappa is infinite
  BudgetSearchState state_;
};

/// sup_w E r_w^2 / g(w)^2 of the least favourable prior, in the units of the reduction: from the neurons of a function
/// that is 0 at the samples, and a pool.
double linear_reconstruction_bound(const Reduction& reduction, const measure::LossForm& form,
                                   const BudgetFunction& function, const Pool& pool,
                                   std::int64_t seed);

}  // namespace flatgrid::flattest
