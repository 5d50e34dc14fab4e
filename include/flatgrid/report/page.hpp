// SPDX-License-Identifier: MIT
/// The page of a report: one HTML file that needs nothing else, neither a network nor other files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/comparison.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// Of one results file or more: verdicts, comparisons, charts, what was computed and what not and why,
/// its cost, configuration and provenance. `notes` stand at its head.
std::string report_page(std::span<const Figures> files, const std::vector<Verdict>& verdicts,
                        const std::vector<Comparison>& comparisons,
                        const ComparisonRequest& request, const Charts& charts,
                        const std::vector<std::string>& notes);

}  // namespace flatgrid::report
