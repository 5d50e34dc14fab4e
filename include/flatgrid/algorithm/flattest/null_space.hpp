// SPDX-License-Identifier: MIT
/// The null-space radius of samples: the largest second moment of a flat function that is 0 at all samples,
///   kappa = max { E h^2 : h(x_i) = 0 for all i, F(h) <= 1 },
/// F the orbit minimum of networks of degree 1 of every width. It depends only on the inputs and their law.
///
/// The search of budget_search.hpp with y = 0, f* = 0, R = 1 finds a lower bound, loss_bound.hpp an upper bound.
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
  [[nodiscard]] VectorD zero_labels() const;

  algorithm::Task task_;
  const problem::Problem& problem_;
  VectorD labels_;  ///< 0, [N]
  Reduction reduction_;
  measure::LossForm form_;
  std::unique_ptr<BudgetSearch> search_;  ///< null if kappa is infinite
  BudgetSearchState state_;
};

}  // namespace flatgrid::flattest
