// SPDX-License-Identifier: MIT
/// What the charts of a report share: axes and words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

/// Levels of noise that have a chart of their own.
inline constexpr std::int64_t k_most_levels = 4;

/// An axis of the grid that figures are drawn along.
struct GridAxis {
  std::string_view name;
  std::int64_t configuration::GridPoint::*position;
  std::vector<double> values;  ///< of an algorithm its place on the axis
};

/// Throws Error for a name that is no axis.
GridAxis grid_axis(const configuration::Axes& axes, std::string_view name);
/// The values as they are written.
std::vector<std::string> texts_of(const GridAxis& axis, const configuration::Axes& axes);

/// What a variable is called at an axis.
std::string label_of(std::string_view variable);

/// A statistic with its interval.
Mark mark_of(double x, const Statistic& y, std::string label = {});

/// What a caption says of medians that a logarithmic axis has no place for; notes a series of them once.
void note_zero(std::vector<std::string>& series_with_zero, const std::string& series);
std::string zero_text(const std::vector<std::string>& series_with_zero);

/// "samples 100, noise 0.1, width 300, seed 2"
std::string instance_text(const configuration::Axes& axes, const configuration::GridPoint& point);

}  // namespace flatgrid::report
