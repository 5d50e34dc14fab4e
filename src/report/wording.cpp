// SPDX-License-Identifier: MIT
#include "flatgrid/report/wording.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace flatgrid::report {

namespace {

/// The distance of the interval from the null value, positive on the claimed side.
double margin(const Finding& finding) {
  return finding.claimed == Side::above ? finding.statistic.low - finding.null_value
                                        : finding.null_value - finding.statistic.high;
}

/// The statistic and its interval, "above 2 [1.2, inf]" if it is above the largest value that can be measured.
std::string measured(const Finding& finding) {
  const auto& [value, low, high] = finding.statistic;
  if (value <= finding.largest_value) return ' ' + text_of(finding.statistic);
  std::string text = fmt::format(" above {:.3g}", finding.largest_value);
  if (!std::isnan(low)) text += fmt::format(" [{:.3g}, {:.3g}]", low, high);
  return text;
}

std::string relation(const Finding& finding) {
  switch (finding.outcome) {
    case Outcome::agrees:
      return fmt::format(" is {} {:.3g}", name_of(finding.claimed), finding.null_value);
    case Outcome::disagrees:
      return fmt::format(" is {} {:.3g}",
                         name_of(finding.claimed == Side::above ? Side::below : Side::above),
                         finding.null_value);
    case Outcome::undecided:
      return finding.reason.empty() ? fmt::format(" contains {:.3g}: undecided", finding.null_value)
                                    : fmt::format(": undecided, {}", finding.reason);
    default:
      return fmt::format(": not enough data ({})", finding.reason);
  }
}

/// The clause for the findings of one quantity: the least favourable of those that decide its outcome.
std::string clause(const std::vector<Finding>& findings) {
  // Cells without an interval do not matter if other cells have one.
  const Outcome outcome = outcome_of(findings);
  std::vector<Finding> deciding;
  std::ranges::copy_if(findings, std::back_inserter(deciding),
                       [&](const Finding& finding) { return finding.outcome == outcome; });
  const Finding& shown = *std::ranges::min_element(
      deciding, [](const Finding& a, const Finding& b) { return margin(a) < margin(b); });
  std::string text = shown.quantity;
  if (!std::isnan(shown.statistic.value)) text += measured(shown);
  if (shown.comparisons > 1 && !std::isnan(shown.statistic.low)) {
    text += fmt::format(" (95 % for {} comparisons at once)", shown.comparisons);
  }
  if (!shown.cell.empty()) text += fmt::format(" at {}", shown.cell);
  text += relation(shown);
  if (findings.size() == 1) return text;
  if (deciding.size() == findings.size()) {
    return text + fmt::format(", as in all {} cells", findings.size());
  }
  return text + fmt::format(", as in {} of {} cells", deciding.size(), findings.size());
}

}  // namespace

std::string words_of(const Verdict& verdict) {
  std::vector<std::string> sentences;
  if (!verdict.reason.empty()) sentences.push_back(verdict.reason);
  std::vector<std::string> quantities, clauses;
  for (const Finding& finding : verdict.findings) {
    if (std::ranges::find(quantities, finding.quantity) != quantities.end()) continue;
    quantities.push_back(finding.quantity);
    std::vector<Finding> same;
    std::ranges::copy_if(verdict.findings, std::back_inserter(same),
                         [&](const Finding& other) { return other.quantity == finding.quantity; });
    clauses.push_back(clause(same));
  }
  if (!clauses.empty()) sentences.push_back(fmt::format("{}.", fmt::join(clauses, "; ")));
  std::ranges::copy(verdict.remarks, std::back_inserter(sentences));
  return fmt::format("{}", fmt::join(sentences, " "));
}

std::string text_of(const PowerLaw& law, std::string_view axis) {
  std::vector<std::string> slopes;
  for (const Statistic& slope : law.local_slopes)
    slopes.push_back(fmt::format("{:.3g}", slope.value));
  const std::string local =
      fmt::format("local slope{} {}", slopes.size() == 1 ? "" : "s", fmt::join(slopes, ", "));
  if (law.holds()) return fmt::format("{}^{} ({})", axis, text_of(law.exponent), local);
  if (std::ssize(law.sizes) < k_fewest_sizes) {
    return fmt::format("no exponent from {} values of {}, which requires {} ({})", law.sizes.size(),
                       axis, k_fewest_sizes, local);
  }
  if (std::isnan(law.curvature.low)) {
    return fmt::format("no exponent, too few data sets to test the curvature ({})", local);
  }
  return fmt::format("no power law of {}: curvature {}, third order {} ({})", axis,
                     text_of(law.curvature), text_of(law.third_order), local);
}

}  // namespace flatgrid::report
