// SPDX-License-Identifier: MIT
/// Charts as files for papers: ID.csv with the numbers, ID.gp with a gnuplot script to edit, and what
/// gnuplot makes of it, ID.pdf, ID.svg and ID.png.
#pragma once

#include <filesystem>
#include <string>

#include "flatgrid/report/chart.hpp"

namespace flatgrid::report {

/// The script of a chart, to be run in the folder it is in.
std::string gnuplot_script(const Chart& chart);
std::string gnuplot_script(const HeatMap& map);
/// Its numbers: series, x, y, low, high, label; of a map x, y, value.
std::string chart_csv(const Chart& chart);
std::string chart_csv(const HeatMap& map);

/// Writes all of these into a folder, which exists, and has gnuplot draw them. What could not be drawn
/// is said in the answer, which is empty if all could: without gnuplot scripts and numbers are there
/// all the same. Throws Error for a file that cannot be written.
std::string write_paper_figures(const std::filesystem::path& folder, const Charts& charts);

}  // namespace flatgrid::report
