// SPDX-License-Identifier: MIT
/// The null-space radius of samples: the largest second moment of a flat function that is 0 at all samples,
///   kappa = max { E h^2 : h(x_i) = 0 for all i, F(h) <= 1 },
/// F the orbit minimum of networks of degree 1 of every width. It depends only on the inputs and their law.
///
/// Lower bound: the search of budget_search.hpp with y = 0, f* = 0, R = 1. Upper bound by linear
/// reconstruction: for any functions u_i(x), h = int r_w dmu(w) with r_w = sigma(w.x) - u(x).sigma(X w), so that
///   kappa <= sup_w E r_w^2 / g(w)^2.
/// u is the posterior mean under a prior pi over directions; with columns divided by g,
///   C = Phi diag(pi) Phi',  A = C^-1 Phi diag(pi) K,  Q = A diag(pi) Phi' C^-1,
///   v_j = E r_j^2 = K_jj - 2 phi_j.A_j + phi_j'Q phi_j.
/// V(pi) = sum_j pi_j v_j is concave, and largest for the least favourable prior, for which v_j = V on the
/// support. The iteration pi_j <- pi_j sqrt(v_j / V) increases V; directions with v above V are added to the support. A
/// search estimates the supremum over all directions, so the bound is `estimated`.
///
/// If some neuron is 0 at all samples and not everywhere, kappa is infinite.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/flattest/budget_search.hpp"

namespace flatgrid::flattest {

struct NullSpaceRadius {
  double found;  ///< a lower bound of kappa, up to rounding
  double bound;  ///< an upper bound of kappa if the search has found the supremum
  algorithm::BoundKind kind;
};

/// Why these samples have no null-space radius (a degree above 1, or inputs that are neither Gaussian nor on the
/// sphere); empty if they have one.
std::optional<std::string> null_space_conflict(const problem::Problem& problem,
                                               const network::Activation<double>& activation);

class NullSpaceSearch {
 public:
  /// For the inputs of a task; the search uses the seed of the task.
  NullSpaceSearch(const algorithm::Task& task, const problem::Problem& problem);

  [[nodiscard]] bool finished() const;
  /// Computes one round.
  void advance();
  [[nodiscard]] NullSpaceRadius result() const;

 private:
  std::int64_t seed_;
  Reduction reduction_;
  measure::LossForm form_;
  std::unique_ptr<BudgetSearch> search_;  ///< null if kappa is infinite
  BudgetSearchState state_;
};

/// sup_w E r_w^2 / g(w)^2 of the least favourable prior, in the units of the reduction: from the neurons of a function
/// that is 0 at the samples, and a pool.
double linear_reconstruction_bound(const Reduction& reduction, const measure::LossForm& form,
                                   const BudgetFunction& function, const Pool& pool,
                                   std::int64_t seed);

}  // namespace flatgrid::flattest
