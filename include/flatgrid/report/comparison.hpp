// SPDX-License-Identifier: MIT
/// Comparison of algorithms on the instances on which all of them interpolate.
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
  std::int64_t computed = 0;       ///< computed points, of any status
  std::int64_t selected = 0;       ///< computed points that may be compared (`is_compared`)
  std::int64_t interpolating = 0;  ///< selected points that interpolate
  /// Whether the algorithm is compared: at least half of its points are selected.
  bool compared = false;
  /// Medians over the common instances; empty if the algorithm is not compared.
  std::vector<Statistic> medians = {};
  /// The most frequent reason why its other points are not selected.
  std::string reason = {};
};

/// A comparison over the instances that have the same values along some axes.
struct Comparison {
  std::vector<std::pair<std::string_view, std::string>> group;  ///< axis and value
  std::int64_t instances = 0;
  std::string_view condition = "interpolate";  ///< the condition for a point to be compared
  std::int64_t common = 0;  ///< instances on which all compared algorithms meet it
  std::int64_t seeds = 0;   ///< number of seeds of the common instances
  /// Whether the common instances belong to one cell: they differ only in the seed.
  bool is_one_cell = true;
  bool has_one_data_set = false;  ///< shared by all seeds: no intervals
  /// The flattest algorithm first, algorithms that are not compared last.
  std::vector<AlgorithmRow> rows;
  /// Kendall's tau, over the compared algorithms on the same instance, of orbit minimum and of trace
  /// with the population loss: mean over the common instances.
  Statistic tau_orbit_min, tau_trace;
  /// The number of common instances by LeastKind, the reference of the flatness ratio.
  std::array<std::int64_t, 4> least_kinds{};
  std::int64_t least_is_zero = 0;  ///< common instances whose least is 0, so that no ratio exists
};

struct ComparisonRequest {
  ComparisonRequest() = default;
  /// Uses the flatness itself instead of ratios if no least is known.
  explicit ComparisonRequest(const Figures& figures);

  /// The axes whose values separate the tables; default: a table for each cell of the grid.
  std::vector<std::string_view> by = {"samples", "noise", "width"};
  std::vector<std::string_view> variables = {"flatness_ratio", "trace_ratio", "population_loss"};
};

/// Throws Error saying that `name` is none of `axes`.
[[noreturn]] void refuse_axis(std::string_view name, const std::vector<std::string_view>& axes);

/// Throw Error if a name is no axis of the instances, or no variable.
void check_axes(const ComparisonRequest& request);
void check_variables(const Figures& figures, const ComparisonRequest& request);

/// A comparison of the selected points for each combination of values along the axes `by`. Throws Error if a
/// name is no axis or no variable.
std::vector<Comparison> compare(const Figures& figures, const Selection& selection,
                                const ComparisonRequest& request);

}  // namespace flatgrid::report
