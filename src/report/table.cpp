// SPDX-License-Identifier: MIT
#include "flatgrid/report/table.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "flatgrid/base/text.hpp"
#include "flatgrid/report/rescaling.hpp"

namespace flatgrid::report {

namespace {

/// The header of a column in a table for the terminal.
std::string heading(std::string_view variable) {
  if (variable == "flatness_ratio") return "orbit min/least";
  if (variable == "trace_ratio") return "trace/least";
  if (variable == "path_norm_ratio") return "path norm/least";
  return words_of(variable);
}

std::string group_text(const Comparison& comparison) {
  std::string text;
  for (const auto& [axis, value] : comparison.group) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", axis, value);
  }
  return text.empty() ? "all" : text;
}

/// The sentence on the intervals of a table, or why there are none.
std::string interval_note(const std::vector<Comparison>& comparisons) {
  std::int64_t most_seeds = 0;
  bool one_cell = true;
  for (const Comparison& comparison : comparisons) {
    most_seeds = std::max(most_seeds, comparison.seeds);
    one_cell = one_cell && comparison.is_one_cell;
    if (comparison.has_one_data_set) return "\nNo intervals: all seeds have the same data set.\n";
  }
  if (most_seeds < k_fewest_for_mean) return "";
  std::string text = "\nIn brackets: 95 % intervals over the seeds.";
  if (!one_cell) {
    text += " Medians over several cells (samples, noise, width) have no interval.";
  } else if (most_seeds < fewest_for_median()) {
    text += fmt::format(" Medians need at least {} seeds.", fewest_for_median());
  }
  return text + '\n';
}

std::string least_text(const Comparison& comparison) {
  constexpr std::array k_names = {"none known", "teacher's orbit minimum",
                                  "flattest's orbit minimum", "certified lower bound"};
  std::string text;
  for (std::size_t kind = 0; kind < k_names.size(); ++kind) {
    if (comparison.least_kinds[kind] == 0) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", k_names[kind]);
    if (comparison.least_kinds[kind] < comparison.common) {
      text += fmt::format(" ({})", comparison.least_kinds[kind]);
    }
  }
  if (comparison.least_is_zero > 0) {
    text += fmt::format("; on {} it is 0, so there are no ratios",
                        counted(comparison.least_is_zero, "instance"));
  }
  return text;
}

}  // namespace

ComparisonLines comparison_lines(const Comparison& comparison, const ComparisonRequest& request) {
  ComparisonLines lines{
      .title = group_text(comparison), .header = {"algorithm"}, .least = least_text(comparison)};
  for (const std::string_view name : request.variables) lines.header.push_back(heading(name));
  lines.header.emplace_back("interpolate");
  for (const AlgorithmRow& row : comparison.rows) {
    std::vector<std::string> cells = {row.algorithm};
    for (std::size_t k = 0; k < request.variables.size(); ++k) {
      cells.push_back(row.medians.empty() ? "-" : text_of(row.medians[k]));
    }
    cells.push_back(fmt::format("{}/{}", row.interpolating, row.computed));
    lines.rows.push_back(std::move(cells));
    if (row.selected < row.computed) {
      lines.remarks.push_back(
          fmt::format("{}{}: {}", row.compared ? "" : "not compared: ", row.algorithm, row.reason));
    }
  }
  if (!std::isnan(comparison.tau_orbit_min.value)) {
    lines.remarks.push_back(
        fmt::format("Kendall's tau with the population loss: orbit minimum {}, trace {}",
                    text_of(comparison.tau_orbit_min), text_of(comparison.tau_trace)));
  }
  return lines;
}

std::string comparison_text(const std::vector<Comparison>& comparisons,
                            const ComparisonRequest& request, std::size_t columns) {
  std::string text;
  for (const Comparison& comparison : comparisons) {
    ComparisonLines lines = comparison_lines(comparison, request);
    if (!text.empty()) text += '\n';
    text += wrapped(fmt::format("{}: medians over the {} of {} where all compared {}\n",
                                lines.title, comparison.common,
                                counted(comparison.instances, "instance"), comparison.condition),
                    columns);
    lines.rows.insert(lines.rows.begin(), lines.header);
    text += aligned(lines.rows, columns);
    for (const std::string& remark : lines.remarks) text += wrapped(remark + '\n', columns);
    if (!lines.least.empty()) text += wrapped(fmt::format("least: {}\n", lines.least), columns);
  }
  return text + wrapped(interval_note(comparisons), columns);
}

std::string comparison_csv(const std::vector<Comparison>& comparisons,
                           const ComparisonRequest& request) {
  std::string text;
  auto end = std::back_inserter(text);
  const auto number = [&](double value) {
    text += std::isnan(value) ? "," : fmt::format(",{}", value);
  };
  const auto estimate = [&](const Statistic& values) {
    number(values.value);
    number(values.low);
    number(values.high);
  };
  for (const std::string_view axis : request.by) fmt::format_to(end, "{},", axis);
  text += "algorithm,computed,interpolating,instances,common";
  for (const std::string_view name : request.variables) {
    fmt::format_to(end, ",{0},{0}_low,{0}_high", name);
  }
  text +=
      ",tau_orbit_min,tau_orbit_min_low,tau_orbit_min_high,tau_trace,tau_trace_low,"
      "tau_trace_high\n";
  for (const Comparison& comparison : comparisons) {
    for (const AlgorithmRow& row : comparison.rows) {
      for (const auto& [axis, value] : comparison.group) fmt::format_to(end, "{},", value);
      fmt::format_to(end, "{},{},{},{},{}", csv_field(row.algorithm), row.computed,
                     row.interpolating, comparison.instances, comparison.common);
      for (std::size_t k = 0; k < request.variables.size(); ++k) {
        estimate(row.medians.empty() ? Statistic{} : row.medians[k]);
      }
      estimate(comparison.tau_orbit_min);
      estimate(comparison.tau_trace);
      text += '\n';
    }
  }
  return text;
}

std::string result_table(const results::ResultsReader& results, std::size_t columns) {
  const Figures figures(results);
  const ComparisonRequest request(figures);
  std::vector<Comparison> comparisons = compare(figures, Selection(figures.axes(), ""), request);
  constexpr std::size_t k_most_tables = 12;
  const std::size_t all = comparisons.size();
  comparisons.resize(std::min(all, k_most_tables));
  std::string text;
  if (!has_rescaling_symmetry(figures)) {
    text = wrapped(fmt::format("{}\n\n", without_symmetry(figures)), columns);
  }
  text += comparison_text(comparisons, request, columns);
  if (all > k_most_tables) {
    text += wrapped(fmt::format("{} more cells: flatgrid report {}\n", all - k_most_tables,
                                results.path().string()),
                    columns);
  }
  return text;
}

}  // namespace flatgrid::report
