// SPDX-License-Identifier: MIT
/// Colours and marks of the series of charts, the same on the page of a report and in its figures for
/// papers.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "flatgrid/report/chart.hpp"

namespace flatgrid::report {

/// A mark by the names that Chart.js and gnuplot have for it.
struct MarkShape {
  std::string_view point_style;  ///< of Chart.js
  int rotation = 0;              ///< in degrees
  bool filled = true;
  int point_type = 0;  ///< of gnuplot

  bool operator==(const MarkShape&) const = default;
};

struct SeriesStyle {
  std::string_view color;  ///< "#0072B2"
  MarkShape mark;
};

/// The colour and mark of an algorithm, in every chart of every report; empty for another name.
std::optional<SeriesStyle> style_of_algorithm(std::string_view name);

/// A style for each series of a chart: of an algorithm its own; a line without marks is grey if it is the
/// first or the least flatness, else it has the colour of the series before; others are numbered.
std::vector<SeriesStyle> styles_of(const Chart& chart);

}  // namespace flatgrid::report
