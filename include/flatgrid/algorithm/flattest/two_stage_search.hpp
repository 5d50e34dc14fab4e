// SPDX-License-Identifier: MIT
/// The flattest interpolator that doubles can store, where the data are nearly degenerate.
///
/// If a dimension of the samples has a relative extent e, the network of least F uses weights of
/// 1/e in it, and its preactivations cancel to a relative error of 1e-16 / e in doubles: from
/// e = 1e-7 on it interpolates to less than 1e-16 no more. Two searches (search.hpp):
///   1. over all dimensions above rounding. Its bound holds for every interpolator of the data.
///   2. only if the network of 1. does not interpolate and there are dimensions of an extent below
///      k_least_attainable_extent: over the other dimensions. If its network interpolates, it is
///      the result; F / bound - 1, with the bound of 1., is then a true gap.
#pragma once

#include <optional>

#include "flatgrid/algorithm/flattest/search.hpp"

namespace flatgrid::flattest {

/// From here on preactivations in doubles are good enough to interpolate, whatever the labels.
inline constexpr double k_least_attainable_extent = 1e-6;

/// Where the two searches stand; plain data. The second is there once it has begun.
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

  /// At most `rounds` rounds of the search that is under way. The same bits however they are cut.
  void advance(std::int64_t rounds);
  [[nodiscard]] bool finished() const;
  /// Rounds of both searches.
  [[nodiscard]] std::int64_t rounds() const;
  /// The network and its bound; of an unfinished search, what there is so far.
  [[nodiscard]] FlattestResult result() const;

  [[nodiscard]] const TwoStageState& state() const { return state_; }
  /// Goes on from a state of the same problem.
  void restore(TwoStageState state);

 private:
  void begin_second();

  FlattestProblem problem_;
  FlattestSearch first_;
  std::optional<FlattestSearch> second_;
  TwoStageState state_;
};

/// The whole search in one piece.
FlattestResult find_flattest(const FlattestProblem& problem);

}  // namespace flatgrid::flattest
