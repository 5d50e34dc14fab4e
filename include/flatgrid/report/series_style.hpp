// SPDX-License-Identifier: MIT
/// Colours and marks of the series of charts, equal on the page of a report and in its charts for papers.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "flatgrid/report/chart.hpp"

namespace flatgrid::report {

/// A mark, by its names in Chart.js and gnuplot.
struct MarkShape {
  std::string_view point_style;  ///< of Chart.js
  int rotation = 0;              ///< in degrees
  bool filled = true;
  std::string_view point_type;  ///< of gnuplot: a number, or a character in quotes

  bool operator==(const MarkShape&) const = default;
};

struct SeriesStyle {
  std::string_view color;  ///< "#0072B2"
  MarkShape mark;
};

/// The colour and mark of an entry of the axis `algorithm` in all charts of all reports; empty for any other
/// name. The first entry of an algorithm (`variant` 0) has the mark of the algorithm; further variants have
/// the same colour and other marks.
std::optional<SeriesStyle> style_of_algorithm(std::string_view name, std::size_t variant = 0);

/// A style for each series of a chart. An algorithm has its own style. A line without marks is grey if it is
/// the first series or the least flatness, else it has the colour of the previous series. Other series get
/// styles by their number.
std::vector<SeriesStyle> styles_of(const Chart& chart);

}  // namespace flatgrid::report
