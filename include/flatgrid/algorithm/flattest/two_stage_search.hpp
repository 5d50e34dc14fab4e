// SPDX-License-Identifier: MIT
/// The flattest interpolator that doubles can represent if the data are nearly degenerate.
///
/// If the samples have a dimension of relative extent e, the network of least F has weights of order 1/e
/// in this dimension, and cancellation gives its preactivations a relative error of 1e-16 / e in doubles: for
/// e <= 1e-7 its squared residual is above 1e-16. Two searches (search.hpp):
///   1. over all dimensions above rounding. Its bound holds for every interpolator of the data.
///   2. only if the network of 1. does not interpolate and some dimensions have an extent below
///      k_least_attainable_extent: over the other dimensions. If its network interpolates, it is
///      the result; F / bound - 1, with the bound of 1., is then a valid gap.
#pragma once

#include <optional>

#include "flatgrid/algorithm/flattest/search.hpp"

namespace flatgrid::flattest {

/// For extents from this value on, preactivations in doubles are accurate enough to interpolate any labels.
inline constexpr double k_least_attainable_extent = 1e-6;

/// The state of both searches; plain data. `second` is empty until the second search starts.
struct TwoStageState {
  ColumnGenerationState first;
  std::optional<ColumnGenerationState> second;
};

template <class Archive>
void serialize(Archive& archive, TwoStageState& state) {
  auto& [first, second] = state;
  archive(first, second);
}

class TwoStageSearch {
 public:
  explicit TwoStageSearch(FlattestProblem problem);

  /// Computes at most `rounds` rounds of the current search. The bits do not depend on how the rounds are
  /// divided among calls.
  void advance(std::int64_t rounds);
  [[nodiscard]] bool finished() const;
  /// Rounds of both searches.
  [[nodiscard]] std::int64_t rounds() const;
  /// The network and its bound; for an unfinished search, the best so far.
  [[nodiscard]] FlattestResult result() const;

  [[nodiscard]] const TwoStageState& state() const { return state_; }
  /// Continues from a state of the same problem.
  void restore(TwoStageState state);

 private:
  /// Starts the second search if it is needed.
  void begin_second();

  FlattestProblem problem_;
  FlattestSearch first_;
  std::optional<FlattestSearch> second_;
  TwoStageState state_;
};

/// Computes the whole search.
FlattestResult find_flattest(const FlattestProblem& problem);

}  // namespace flatgrid::flattest
