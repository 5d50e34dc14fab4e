// SPDX-License-Identifier: MIT
/// Verdicts and the one rule that they are given by. A claim is about quantities; a quantity is
/// measured in each cell of the grid and held against a null value:
///
///   agrees            the interval lies on the side of the null value that the claim names
///   disagrees         it lies on the other side, also when it is widened for the number of cells and
///                     quantities that the claim is about: one of many is against it by chance
///   undecided         it contains the null value
///   not enough data   there is no interval; the reason says what is missing
///
/// A verdict disagrees where a finding does; otherwise every quantity must be measured somewhere, and it
/// agrees where all findings that have an interval agree. Numbers are judged here and nowhere else:
/// sentences, page and JSON only show what a verdict holds.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

enum class Outcome { agrees, disagrees, undecided, not_enough_data };
std::string_view name_of(Outcome outcome);

/// Where a claim has a quantity, seen from the null value.
enum class Side { above, below };
std::string_view name_of(Side side);

/// A quantity in a cell of the grid, and what it says.
struct Finding {
  std::string quantity;  ///< "lazy: median of orbit minimum / least"
  std::string cell;      ///< "samples 80, noise 0.1, width 300"
  Side claimed = Side::above;
  double null_value = 0;
  std::int64_t data_sets = 0;  ///< independent ones
  Statistic statistic = {};    ///< with the interval that decides
  /// How many comparisons the interval is wide enough for together: its error is k_error / this.
  std::int64_t comparisons = 1;
  Outcome outcome = Outcome::not_enough_data;
  std::string reason = {};  ///< why there is no interval, or why it does not decide
};

/// A finding to be: `estimate` gives the statistic with an interval of the error that it is asked for,
/// which takes `fewest` data sets.
struct Question {
  Finding finding;
  std::function<Statistic(double error)> estimate;
  std::function<std::int64_t(double error)> fewest;
};
/// Questions about a median, a mean, or the share of values that are not 0. They fill in `data_sets`.
Question about_median(Finding finding, std::vector<SeedValue> values);
Question about_mean(Finding finding, std::vector<SeedValue> values);
Question about_share(Finding finding, std::vector<SeedValue> values);

/// A further number, which decides nothing.
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
  std::string reason = {};  ///< what is missing before anything can be measured
  std::vector<Finding> findings = {};
  std::vector<std::string> remarks = {};  ///< sentences on what decides nothing
  std::vector<Evidence> evidence = {};
};

/// Answers the questions by the rule, after the findings that the verdict has already, and sets the
/// outcome.
void judge(Verdict& verdict, const std::vector<Question>& questions);

/// The outcome of findings of one verdict or of one quantity.
Outcome outcome_of(const std::vector<Finding>& findings);

}  // namespace flatgrid::report
