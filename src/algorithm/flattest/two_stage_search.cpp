// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"

#include <limits>
#include <utility>

namespace flatgrid::flattest {

namespace {

FlattestProblem without_small_dimensions(FlattestProblem problem) {
  problem.least_extent = k_least_attainable_extent;
  return problem;
}

}  // namespace

TwoStageSearch::TwoStageSearch(FlattestProblem problem)
    : problem_(std::move(problem)),
      first_(problem_),
      state_{.first = first_.start(), .second = {}} {
  if (state_.first.finished) begin_second();
}

void TwoStageSearch::begin_second() {
  if (first_.network(state_.first).interpolates) return;
  second_.emplace(without_small_dimensions(problem_));
  if (second_->dimension() < first_.dimension())
    state_.second = second_->start();
  else
    second_.reset();
}

void TwoStageSearch::advance(std::int64_t rounds) {
  if (second_) {
    second_->advance(*state_.second, rounds);
  } else {
    first_.advance(state_.first, rounds);
    if (state_.first.finished) begin_second();
  }
}

bool TwoStageSearch::finished() const {
  return state_.first.finished && (!state_.second || state_.second->finished);
}

std::int64_t TwoStageSearch::rounds() const {
  return state_.first.round + (state_.second ? state_.second->round : 0);
}

FlattestResult TwoStageSearch::result() const {
  FlattestResult first = first_.result(state_.first);
  if (!second_) return first;
  FlattestResult second = second_->network(*state_.second);
  if (!second.interpolates) return first;
  second.lower_bound = first.lower_bound;
  second.kind = first.kind;
  second.multipliers = std::move(first.multipliers);
  second.gap = second.kind == BoundKind::none ? std::numeric_limits<double>::quiet_NaN()
                                              : second.cost / second.lower_bound - 1;
  return second;
}

void TwoStageSearch::restore(TwoStageState state) {
  state_ = std::move(state);
  if (state_.second)
    second_.emplace(without_small_dimensions(problem_));
  else
    second_.reset();
}

FlattestResult find_flattest(const FlattestProblem& problem) {
  TwoStageSearch search(problem);
  while (!search.finished()) search.advance(1);
  return search.result();
}

}  // namespace flatgrid::flattest
