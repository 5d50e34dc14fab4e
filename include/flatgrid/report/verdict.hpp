// SPDX-License-Identifier: MIT
/// Verdicts and the rule that decides them. A claim is about quantities. A quantity is measured in each cell
/// of the grid and compared with a null value:
///
///   agrees            the interval is on the side of the null value that the claim names
///   disagrees         the interval is on the other side, also after widening for the number of cells and
///                     quantities of the claim, because one of many may be there by chance
///   undecided         the interval contains the null value
///   not enough data   there is no interval; the reason says what is missing
///
/// A verdict disagrees if a finding disagrees. Else it is undecided if a finding is undecided. Else it agrees if
/// every quantity is measured in some cell. Else there are not enough data. Sentences, page and JSON show the members
/// of a verdict and decide nothing. Two verdicts have conditions of their own: claim 2 has not enough data where the
/// noise is not small; a finding of claim 1 across dimensions does not agree or disagree unless the power law holds.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

enum class Outcome { agrees, disagrees, undecided, not_enough_data };
std::string_view name_of(Outcome outcome);

/// The side of the null value on which a claim expects a quantity.
enum class Side { above, below };
std::string_view name_of(Side side);

/// A quantity in a cell of the grid, and its outcome.
struct Finding {
  std::string quantity;  ///< "lazy: median of orbit minimum / least"
  std::string cell;      ///< "samples 80, noise 0.1, width 300"
  Side claimed = Side::above;
  double null_value = 0;
  std::int64_t data_sets = 0;  ///< number of independent data sets
  Statistic statistic = {};    ///< with the interval that decides
  /// The largest value that can be measured; the value of `statistic` is infinity if it is above.
  double largest_value = std::numeric_limits<double>::infinity();
  /// The number of comparisons for which the interval is widened: its error is k_error / comparisons.
  std::int64_t comparisons = 1;
  Outcome outcome = Outcome::not_enough_data;
  std::string reason = {};  ///< why there is no interval, or why it does not decide
};

/// A finding before its outcome is known. `estimate` returns the statistic with an interval of a given error;
/// `fewest` returns the least number of data sets for it.
struct Question {
  Finding finding;
  std::function<Statistic(double error)> estimate;
  std::function<std::int64_t(double error)> fewest;
};
/// Questions about a median, a mean, or the share of values that are not 0. They set `data_sets`.
Question about_median(Finding finding, std::vector<SeedValue> values);
Question about_mean(Finding finding, std::vector<SeedValue> values);
Question about_share(Finding finding, std::vector<SeedValue> values);

/// A positive quantity that is known up to a lower and an upper bound. A data set without one of them has no value there.
struct Bracket {
  std::vector<SeedValue> value, low, high;
};
/// A question about the median of such a quantity: the interval reaches from the lower end of the interval of the
/// lower bounds' median to the upper end of that of the upper bounds. 0 or infinity where a data set has no bound.
Question about_bracketed_median(Finding finding, Bracket bracket);

/// An additional number that does not affect the outcome.
struct Evidence {
  std::string what;
  Statistic statistic;
  std::int64_t points = 0;  ///< number of points of the statistic
};

struct Verdict {
  std::string claim;
  /// What the claim implies for the figures of the file, and when they agree with it.
  std::string statement;
  Outcome outcome = Outcome::not_enough_data;
  std::string reason = {};  ///< what is missing if nothing could be measured
  std::vector<Finding> findings = {};
  std::vector<std::string> remarks = {};  ///< sentences that do not affect the outcome
  std::vector<Evidence> evidence = {};
};

/// Answers the questions by the rule, appends them to the findings of the verdict, and sets the outcome.
void judge(Verdict& verdict, const std::vector<Question>& questions);

/// The outcome of findings of one verdict or of one quantity.
Outcome outcome_of(const std::vector<Finding>& findings);

}  // namespace flatgrid::report
