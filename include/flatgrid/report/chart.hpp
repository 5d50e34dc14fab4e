// SPDX-License-Identifier: MIT
/// The content of charts, independent of how the page of a report and the charts for papers draw them.
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
  std::string label = {};  ///< the point of the grid, shown on demand
};

struct Series {
  std::string name;
  std::vector<Mark> marks = {};
  bool line = false;  ///< whether a line joins the marks
  bool bare = false;  ///< whether only the line is drawn, without marks: a reference or a fit
};

struct ChartAxis {
  std::string label = {};
  bool logarithmic = false;
  std::vector<double> values = {};  ///< values of an axis of the grid, labelled if the labels fit
};

/// The name of the line at the least flatness.
inline constexpr std::string_view k_least = "least";

struct Chart {
  std::string id;  ///< also the name of its files: letters, digits and '-'
  std::string title;
  std::string caption = {};  ///< which points the chart shows and which it omits
  ChartAxis x = {}, y = {};
  std::vector<Series> series = {};
};

/// Values over two axes of the grid, shown as colours.
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
