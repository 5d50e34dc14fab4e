// SPDX-License-Identifier: MIT
/// A report for programs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "flatgrid/report/comparison.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// One JSON object: `files` (name, commit, build, configuration), `comparisons` (one for each table, with the medians
/// of each algorithm), and `verdicts` (with every statistic of their sentences); null = no number.
std::string report_json(std::span<const Figures> files, const std::vector<Verdict>& verdicts,
                        const std::vector<Comparison>& comparisons,
                        const ComparisonRequest& request);

}  // namespace flatgrid::report
