// SPDX-License-Identifier: MIT
/// What a results file says of the claims of Vardhan, Taheri and Mazumdar (arXiv 2606.04429): a verdict
/// in words, and the numbers it rests on.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid {

enum class Outcome { agrees, disagrees, mixed, not_enough_data };
std::string_view name_of(Outcome outcome);
/// Of whether something speaks for a claim, and something against it.
Outcome outcome_of(bool for_it, bool against_it);

/// A number that a verdict rests on.
struct Evidence {
  std::string what;
  Statistic statistic;
  std::int64_t points = 0;  ///< that it is of
};

struct Verdict {
  std::string claim;
  /// What the claim says of the file's figures, and when they agree with it.
  std::string statement;
  Outcome outcome = Outcome::not_enough_data;
  std::string words = {};
  std::vector<Evidence> evidence = {};
};

/// The families of interpolators that the theory calls non-generalizing.
inline constexpr std::array<std::string_view, 4> k_non_generalizing = {"lazy", "random-features",
                                                                       "memorizer", "corrupted"};
/// A family is bounded away from the least if at most one instance in twenty has a ratio below this.
inline constexpr double k_away = 1.1;
/// The index subspace is found if the mean squared cosine with it is above this, and as much of the
/// index spectrum is within its dimension.
inline constexpr double k_found = 0.9;
/// Fewest instances that a verdict is given on.
inline constexpr std::int64_t k_fewest_instances = 10;

/// Claim 1 (non-generalizing families stay away from the least flatness), claim 2 (the flattest
/// generalize when noise and approximation error are small), whether the flattest find the index
/// subspace, how raw trace and orbit minimum order
/// the interpolators of the same data, and what is left of that when neurons are rescaled at random.
/// Of the selected points that interpolate.
std::vector<Verdict> verdicts(const Figures& figures, const Selection& selection);

}  // namespace flatgrid
