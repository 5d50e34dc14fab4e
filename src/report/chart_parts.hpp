// SPDX-License-Identifier: MIT
/// Axes and texts that the charts of a report share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

/// The largest number of levels of noise with their own chart.
inline constexpr std::int64_t k_most_levels = 4;

/// An axis of the grid as an axis of a chart.
struct GridAxis {
  std::string_view name;
  std::int64_t configuration::GridPoint::*position;
  std::vector<double> values;  ///< for algorithms their positions on the axis
};

/// The axis of this name. Throws Error for an unknown name.
GridAxis grid_axis(const configuration::Axes& axes, std::string_view name);
/// The values of the axis as texts.
std::vector<std::string> texts_of(const GridAxis& axis, const configuration::Axes& axes);

/// The label of a variable at an axis of a chart.
std::string label_of(std::string_view variable);

/// The mark of a statistic with its interval.
Mark mark_of(double x, const Statistic& y, std::string label = {});

/// Adds a series to the list of series with medians of 0, which a logarithmic axis cannot show; `zero_text`
/// is their sentence in the caption.
void note_zero(std::vector<std::string>& series_with_zero, const std::string& series);
std::string zero_text(const std::vector<std::string>& series_with_zero);

/// "samples 100, noise 0.1, width 300, seed 2"
std::string instance_text(const configuration::Axes& axes, const configuration::GridPoint& point);

}  // namespace flatgrid::report
