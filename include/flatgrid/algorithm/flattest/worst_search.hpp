// SPDX-License-Identifier: MIT
/// The worst of the nearly flattest interpolators of degree 1, over networks of every width:
///   W = max { P(f) : f interpolates, F(f) <= ratio F* },
/// P the population loss, F the orbit minimum, F* its least.
///
/// Two searches: for the flattest (two_stage_search.hpp), which gives F*, and among what its budget allows
/// (budget_search.hpp). What is found is an interpolator, so that its loss is a lower bound of W.
/// If a neuron is 0 at all samples and not elsewhere, W is infinite: that is an obstacle.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "flatgrid/algorithm/flattest/budget_search.hpp"
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"
#include "flatgrid/measure/loss_form.hpp"

namespace flatgrid::flattest {

/// What is asked.
struct WorstProblem {
  FlattestProblem flattest;  ///< of any width
  double ratio = 2;
  Index width = 0;  ///< the most neurons; 0: any number (N + 1 suffices)
  MatrixD hints;    ///< directions [d, s] that are likely to be of use: those of the target
};

/// Where the searches stand; plain data. The second is there once it has begun.
struct WorstState {
  TwoStageState flattest;
  std::optional<BudgetSearchState> search;
};

/// What came of it.
struct WorstResult {
  network::Network<double> network;  ///< empty if there is none
  bool interpolates = false;         ///< residual <= 1e-16, F <= ratio F*, and the width suffices
  double least = 0;                  ///< F*, of the flattest found
  double ratio = 0;                  ///< F / F*
  Index starts_agreeing = 0;         ///< that led to this function; 0: it is the flattest
  double violation =
      0;  ///< of the optimality to first order, as the oracle last found it; NaN likewise
  std::string message;  ///< one line where it cannot be done, else empty
};

class WorstSearch {
 public:
  WorstSearch(WorstProblem problem, const measure::LossForm& form);

  /// At most `steps` rounds of the flattest, starts or rounds of the search. The same bits however they are cut.
  void advance(std::int64_t steps);
  [[nodiscard]] bool finished() const;
  [[nodiscard]] std::int64_t steps() const;
  /// Of a finished search.
  [[nodiscard]] WorstResult result() const;

  [[nodiscard]] WorstState state() const;
  /// Goes on from a state of the same problem.
  void restore(WorstState state);

 private:
  void begin_search();
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
