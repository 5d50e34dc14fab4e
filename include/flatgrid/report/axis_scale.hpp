// SPDX-License-Identifier: MIT
/// Ranges and labels of the axes of charts, equal on the page of a report and in its charts for papers.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/report/chart.hpp"

namespace flatgrid::report {

struct Tick {
  double value = 0;
  std::string label;
};

struct AxisScale {
  double low = 0;
  double high = 1;
  std::vector<Tick> ticks = {};  ///< ascending, within [low, high]
};

/// The scale of an axis that shows all of `values` (on a logarithmic axis all that are > 0): from the least
/// to the greatest, with a margin of 4 % of the axis at both ends, or wider margins if the values are equal
/// up to rounding. The ticks are the values of the grid (`axis.values`) if these are few and far enough
/// apart; else powers of ten, or 1, 2 and 5 times powers of ten, or multiples of such a number.
AxisScale scale_of(const ChartAxis& axis, const std::vector<double>& values);

/// The scales of a chart: x_scale contains every mark, y_scale every mark with its interval.
AxisScale x_scale(const Chart& chart);
AxisScale y_scale(const Chart& chart);

/// The logarithmic scale of the colours of a heat map.
AxisScale color_scale(const HeatMap& map);

/// The label of a tick: "0.05", "200", "10⁻⁵", "2×10⁶"; without an exponent from 0.001 to below 100000. On an
/// axis with ticks at powers of ten, either all labels have an exponent or none.
std::string tick_label(double value);

}  // namespace flatgrid::report
