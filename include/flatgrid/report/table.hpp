// SPDX-License-Identifier: MIT
/// Comparisons of algorithms as tables: for a terminal and as CSV.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/report/comparison.hpp"

namespace flatgrid::report {

/// The texts of a comparison: title, cells of the table, and remarks below it.
struct ComparisonLines {
  std::string title;  ///< "noise 0.1"
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows = {};  ///< one row for each algorithm
  /// The algorithms that are not compared, with reasons; the rank correlations.
  std::vector<std::string> remarks = {};
  std::string least;  ///< the reference of the flatness ratio; empty without an instance
};
ComparisonLines comparison_lines(const Comparison& comparison, const ComparisonRequest& request);

/// Medians with their intervals, the number of instances, the algorithms that are not compared with reasons,
/// and the rank correlations, in lines of `columns` columns.
std::string comparison_text(const std::vector<Comparison>& comparisons,
                            const ComparisonRequest& request, std::size_t columns);
/// A header and a row for each algorithm and group; empty = no value.
std::string comparison_csv(const std::vector<Comparison>& comparisons,
                           const ComparisonRequest& request);

/// The tables that a run prints at its end; only those of the first cells if there are many.
std::string result_table(const results::ResultsReader& results, std::size_t columns);

}  // namespace flatgrid::report
