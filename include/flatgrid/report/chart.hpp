// SPDX-License-Identifier: MIT
/// What a chart shows, said once for the page of a report and for its paper figures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/grid/record.hpp"

namespace flatgrid::report {

struct Mark {
  double x = 0;
  double y = 0;
  double low = grid::Record::k_nan;  ///< interval of y; NaN = none
  double high = grid::Record::k_nan;
  std::string label = {};  ///< which point of the grid it is, for a reader who asks
};

struct Series {
  std::string name;
  std::vector<Mark> marks = {};
  bool line = false;  ///< marks joined by a line, or marks alone
  bool bare = false;  ///< the line without marks: a reference or a fit
};

struct ChartAxis {
  std::string label = {};
  bool logarithmic = false;
  std::vector<double> values =
      {};  ///< of an axis of the grid, which is labelled at them if they fit
};

/// Name of the line at the least flatness.
inline constexpr std::string_view k_least = "least";

struct Chart {
  std::string id;  ///< also the name of its files: letters, digits and '-'
  std::string title;
  std::string caption = {};  ///< what it is over and what is left out
  ChartAxis x = {}, y = {};
  std::vector<Series> series = {};
};

/// Values over two axes of the grid, as colours.
struct HeatMap {
  std::string id = {};
  std::string title;
  std::string caption = {};
  std::string x_label, y_label, value_label;
  std::vector<std::string> x, y;  ///< values along the axes
  MatrixD values;                 ///< [y, x]; NaN = none
};

struct Charts {
  std::vector<Chart> charts;
  std::vector<HeatMap> heat_maps;
};

}  // namespace flatgrid::report
