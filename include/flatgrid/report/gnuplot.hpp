// SPDX-License-Identifier: MIT
/// Charts for papers: ID.csv with the numbers, ID.gp with a gnuplot script that can be edited, and the charts
/// that gnuplot draws, ID.pdf, ID.svg and ID.png.
#pragma once

#include <filesystem>
#include <string>

#include "flatgrid/report/chart.hpp"

namespace flatgrid::report {

/// The gnuplot script of a chart, to be run in its folder.
std::string gnuplot_script(const Chart& chart);
std::string gnuplot_script(const HeatMap& map);
/// The numbers of a chart: series, x, y, low, high, label; of a heat map: x, y, value.
std::string chart_csv(const Chart& chart);
std::string chart_csv(const HeatMap& map);

/// Writes these files of all charts into an existing folder and runs gnuplot. Returns a message about charts
/// that could not be drawn; empty if all were drawn. Without gnuplot it writes scripts and numbers only.
/// Throws Error for a file that cannot be written.
std::string write_paper_charts(const std::filesystem::path& folder, const Charts& charts);

}  // namespace flatgrid::report
