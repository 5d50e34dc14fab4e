// SPDX-License-Identifier: MIT
/// The worst of the nearly flattest interpolators of degree 1, over networks of every width:
///   W = max { P(f) : f interpolates, F(f) <= ratio F* },
/// P the population loss, F the orbit minimum, F* its least.
///
/// Two searches in turn: one for the flattest (two_stage_search.hpp), which gives F*, and one for the largest P with
/// F <= ratio F* (budget_search.hpp). The second finds an interpolator, so its loss is a lower bound of W;
/// loss_bound.hpp computes an upper bound.
/// If some neuron is 0 at all samples and not everywhere, W is infinite, and the search reports an obstacle.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "flatgrid/algorithm/flattest/budget_search.hpp"
#include "flatgrid/algorithm/flattest/plane_bound.hpp"
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"
#include "flatgrid/measure/loss_form.hpp"

namespace flatgrid::flattest {

/// The problem of one search.
struct WorstProblem {
  FlattestProblem flattest;  ///< of any width
  double ratio = 2;
  Index width = 0;  ///< the largest number of neurons; 0: no limit (N + 1 suffices)
  MatrixD hints;    ///< directions [d, s] for the pool: those of the target
};

/// The state of the searches; plain data. `search` is empty until the second search begins.
struct WorstState {
  TwoStageState flattest;
  std::optional<BudgetSearchState> search;
};

/// The result of a finished search.
struct WorstResult {
  network::Network<double> network;  ///< empty if no network was found
  bool interpolates = false;         ///< residual <= 1e-16, F <= ratio F*, and the width suffices
  double least = 0;                  ///< F*, of the flattest found
  double ratio = 0;                  ///< F / F*
  Index starts_agreeing =
      0;  ///< number of starts that ended at this function; 0 for the flattest itself
  double violation =
      0;  ///< of the first-order condition, from the last call of the oracle; NaN for the flattest itself
  std::string message;  ///< the reason if no network was found, in one line; else empty
};

class WorstSearch {
 public:
  WorstSearch(WorstProblem problem, const measure::LossForm& form);

  /// Advances by at most `steps` rounds. The result has the same bits for any division into calls.
  void advance(std::int64_t steps);
  [[nodiscard]] bool finished() const;
  [[nodiscard]] std::int64_t steps() const;
  /// Only after the search has finished.
  [[nodiscard]] WorstResult result() const;
  /// An upper bound on W of this ratio (of 1.003 if the ratio is lower) by loss_bound.hpp; `bounded` has the inputs and
  /// labels of the search. Only after a search that has found an interpolator.
  [[nodiscard]] algorithm::LossBound loss_bound(const BoundedProblem& bounded) const;

  [[nodiscard]] WorstState state() const;
  /// Goes on from a state of the same problem.
  void restore(WorstState state);

 private:
  void begin_search();
  [[nodiscard]] VectorD imposed_labels() const;
  [[nodiscard]] Pool first_pool(const ColumnGenerationState& flattest) const;

  WorstProblem problem_;
  const measure::LossForm& form_;
  TwoStageSearch flattest_;
  std::optional<FlattestResult> least_;  ///< once it has been found
  std::string obstacle_;
  std::unique_ptr<Reduction> reduction_;
  std::unique_ptr<BudgetSearch> search_;
  std::optional<BudgetSearchState> state_;
};

}  // namespace flatgrid::flattest
