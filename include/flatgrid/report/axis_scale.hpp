// SPDX-License-Identifier: MIT
/// Ranges and labels of the axes of charts, the same on the page of a report and in its figures for papers.
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

/// The scale of an axis that shows all of `values`, those <= 0 aside where it is logarithmic: from the
/// least to the largest with a margin of 4 % of the axis at either end. Values that are equal up to
/// rounding have wider margins. The ticks are the values of the grid (`axis.values`) where these are few
/// and far enough apart; else powers of ten, or 1, 2 and 5 times these, or multiples of such a number.
AxisScale scale_of(const ChartAxis& axis, const std::vector<double>& values);

/// Of a chart: every mark is within x_scale, every mark with its interval within y_scale.
AxisScale x_scale(const Chart& chart);
AxisScale y_scale(const Chart& chart);

/// Of the colours of a heat map, logarithmic.
AxisScale color_scale(const HeatMap& map);

/// A number as a tick is labelled: "0.05", "200", "10⁻⁵", "2×10⁶"; plain from 0.001 to below 100000. Of
/// ticks at powers of ten all are plain or none.
std::string tick_label(double value);

}  // namespace flatgrid::report
