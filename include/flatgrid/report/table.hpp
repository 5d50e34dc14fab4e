// SPDX-License-Identifier: MIT
/// Comparisons of algorithms as tables: for a terminal, as CSV, as JSON.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/report/comparison.hpp"

namespace flatgrid::report {

/// A comparison as texts: what stands above its table, its cells, and what is said below.
struct ComparisonLines {
  std::string title;  ///< "noise 0.1"
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows = {};  ///< an algorithm each
  /// Who is not compared and why; the rank correlations.
  std::vector<std::string> remarks = {};
  std::string least;  ///< what flatness is relative to; empty without an instance
};
ComparisonLines comparison_lines(const Comparison& comparison, const ComparisonRequest& request);

/// Medians with their intervals, how many instances they are over, who is not compared and why, and
/// the rank correlations, in lines of that many columns.
std::string comparison_text(const std::vector<Comparison>& comparisons,
                            const ComparisonRequest& request, std::size_t columns);
/// A row an algorithm and group, with a header; empty = no value.
std::string comparison_csv(const std::vector<Comparison>& comparisons,
                           const ComparisonRequest& request);
/// An array with an object a group; null = no value.
std::string comparison_json(const std::vector<Comparison>& comparisons,
                            const ComparisonRequest& request);

/// The tables that a run ends with: of the first cells, if there are many.
std::string result_table(const results::ResultsReader& results, std::size_t columns);

}  // namespace flatgrid::report
