// SPDX-License-Identifier: MIT
/// The page of a report: one HTML file that needs no network connection and no other files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/comparison.hpp"
#include "flatgrid/report/verdict.hpp"

namespace flatgrid::report {

/// The page for one or several results files: verdicts, comparisons, charts, computed and missing points with
/// reasons, time, configuration and provenance. It starts with `notes`.
std::string report_page(std::span<const Figures> files, const std::vector<Verdict>& verdicts,
                        const std::vector<Comparison>& comparisons,
                        const ComparisonRequest& request, const Charts& charts,
                        const std::vector<std::string>& notes);

}  // namespace flatgrid::report
