// SPDX-License-Identifier: MIT
#include "flatgrid/report/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace flatgrid::report {

namespace {

bool is_above(const Statistic& statistic, double bound) { return statistic.low > bound; }
bool is_below(const Statistic& statistic, double bound) { return statistic.high < bound; }

/// Answers one of `count` questions.
Finding answer(const Question& question, std::int64_t count) {
  Finding finding = question.finding;
  const bool claimed_above = finding.claimed == Side::above;
  const auto is_for = [&](const Statistic& s) {
    return claimed_above ? is_above(s, finding.null_value) : is_below(s, finding.null_value);
  };
  const auto is_against = [&](const Statistic& s) {
    return claimed_above ? is_below(s, finding.null_value) : is_above(s, finding.null_value);
  };
  finding.statistic = question.estimate(k_error);
  if (is_against(finding.statistic)) finding.comparisons = count;
  const double error = k_error / static_cast<double>(finding.comparisons);
  if (finding.comparisons > 1) finding.statistic = question.estimate(error);
  if (std::isnan(finding.statistic.low)) {
    finding.outcome = Outcome::not_enough_data;
    const std::int64_t fewest = question.fewest(error);
    finding.reason =
        finding.data_sets < fewest
            ? fmt::format("{} data set{}, an interval requires {}", finding.data_sets,
                          finding.data_sets == 1 ? "" : "s", fewest)
            : fmt::format("the {} data sets have equal values, so there is no interval",
                          finding.data_sets);
  } else {
    finding.outcome = is_for(finding.statistic)       ? Outcome::agrees
                      : is_against(finding.statistic) ? Outcome::disagrees
                                                      : Outcome::undecided;
  }
  return finding;
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::agrees:
      return "agrees";
    case Outcome::disagrees:
      return "disagrees";
    case Outcome::undecided:
      return "undecided";
    default:
      return "not enough data";
  }
}

std::string_view name_of(Side side) { return side == Side::above ? "above" : "below"; }

Question about_median(Finding finding, std::vector<SeedValue> values) {
  finding.data_sets = count_data_sets(values);
  return {std::move(finding), [values](double error) { return median_of(values, error); },
          fewest_for_median};
}

Question about_mean(Finding finding, std::vector<SeedValue> values) {
  finding.data_sets = count_data_sets(values);
  return {std::move(finding), [values](double error) { return mean_of(values, error); },
          [](double) { return k_fewest_for_mean; }};
}

Question about_share(Finding finding, std::vector<SeedValue> values) {
  finding.data_sets = count_data_sets(values);
  return {std::move(finding), [values](double error) { return share_of(values, error); },
          fewest_for_median};
}

Question about_bracketed_median(Finding finding, Bracket bracket) {
  const std::int64_t data_sets = finding.data_sets = count_data_sets(bracket.value);
  return {std::move(finding),
          [bracket = std::move(bracket), data_sets](double error) {
            Statistic statistic = median_of(bracket.value, error);
            if (std::isnan(statistic.low)) return statistic;
            statistic.low =
                count_data_sets(bracket.low) < data_sets ? 0 : median_of(bracket.low, error).low;
            statistic.high = count_data_sets(bracket.high) < data_sets
                                 ? std::numeric_limits<double>::infinity()
                                 : median_of(bracket.high, error).high;
            return statistic;
          },
          fewest_for_median};
}

Outcome outcome_of(const std::vector<Finding>& findings) {
  const auto any = [](const std::vector<Finding>& these, Outcome outcome) {
    return std::ranges::find(these, outcome, &Finding::outcome) != these.end();
  };
  if (any(findings, Outcome::disagrees)) return Outcome::disagrees;
  if (any(findings, Outcome::undecided)) return Outcome::undecided;
  std::map<std::string, std::vector<Finding>> by_quantity;
  for (const Finding& finding : findings) by_quantity[finding.quantity].push_back(finding);
  const bool all_measured = std::ranges::all_of(
      by_quantity, [&](const auto& of) { return any(of.second, Outcome::agrees); });
  return all_measured && !findings.empty() ? Outcome::agrees : Outcome::not_enough_data;
}

void judge(Verdict& verdict, const std::vector<Question>& questions) {
  for (const Question& question : questions) {
    verdict.findings.push_back(answer(question, std::ssize(questions)));
  }
  verdict.outcome = outcome_of(verdict.findings);
}

}  // namespace flatgrid::report
