// SPDX-License-Identifier: MIT
/// Algorithms held against each other where all of them interpolate.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

/// One algorithm among the instances of a group.
struct AlgorithmRow {
  std::string algorithm;
  std::int64_t computed = 0;       ///< points, whatever came out
  std::int64_t selected = 0;       ///< of these, those that may be compared: `is_compared`
  std::int64_t interpolating = 0;  ///< of the selected
  /// Whether it is compared: half of its points or more are selected.
  bool compared = false;
  /// Medians over the instances where all that are compared are selected; empty where it is not one.
  std::vector<Statistic> medians = {};
  /// Why not, at its other points: the most frequent reason.
  std::string reason = {};
};

/// The instances that have the same values along some axes.
struct Comparison {
  std::vector<std::pair<std::string_view, std::string>> group;  ///< axis and value
  std::int64_t instances = 0;
  std::string_view condition = "interpolate";  ///< what is asked of the points that are compared
  std::int64_t common = 0;                     ///< instances where all that are compared do
  std::int64_t seeds = 0;                      ///< among the common ones
  /// Whether the common instances are of one cell: they differ in the seed alone.
  bool is_one_cell = true;
  bool has_one_data_set = false;  ///< that all seeds share: no intervals
  /// Flattest first; those that are not compared last.
  std::vector<AlgorithmRow> rows;
  /// Kendall's tau, over the compared algorithms on the same instance, of orbit minimum and of trace
  /// with the population loss: mean over the common instances.
  Statistic tau_orbit_min, tau_trace;
  /// Of the common instances, by LeastKind: what flatness is relative to.
  std::array<std::int64_t, 4> least_kinds{};
  std::int64_t least_is_zero = 0;  ///< common instances, to whose least nothing has a ratio
};

struct ComparisonRequest {
  ComparisonRequest() = default;
  /// Flatness as it is where no least is known.
  explicit ComparisonRequest(const Figures& figures);

  /// A table for each cell of the grid, whose medians are of one quantity.
  std::vector<std::string_view> by = {"samples", "noise", "width"};
  std::vector<std::string_view> variables = {"flatness_ratio", "trace_ratio", "population_loss"};
};

/// Throws Error for a name that is none of these axes.
[[noreturn]] void refuse_axis(std::string_view name, const std::vector<std::string_view>& axes);

/// Throw Error for what is no axis that instances differ along, or no variable.
void check_axes(const ComparisonRequest& request);
void check_variables(const Figures& figures, const ComparisonRequest& request);

/// A comparison for each combination of values along the axes `by`, of the points of a selection.
/// Throws Error for what is no axis or no variable.
std::vector<Comparison> compare(const Figures& figures, const Selection& selection,
                                const ComparisonRequest& request);

}  // namespace flatgrid::report
