// SPDX-License-Identifier: MIT
#include "flatgrid/report/comparison.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/suggestion.hpp"

namespace flatgrid::report {

namespace {

/// Position and value along an axis other than `algorithm`.
std::pair<std::int64_t, std::string> along(const configuration::Axes& axes,
                                           const configuration::GridPoint& point,
                                           std::string_view axis) {
  if (axis == "samples")
    return {point.samples, fmt::format("{}", configuration::at(axes.samples, point.samples))};
  if (axis == "noise")
    return {point.noise, fmt::format("{}", configuration::at(axes.noise, point.noise))};
  if (axis == "width")
    return {point.width, fmt::format("{}", configuration::at(axes.width, point.width))};
  return {point.seed, fmt::format("{}", configuration::at(axes.seed, point.seed))};
}

Comparison compare_group(const Figures& figures, const Selection& selection,
                         const std::vector<std::int64_t>& instances,
                         const ComparisonRequest& request) {
  const configuration::Axes& axes = figures.axes();
  Comparison comparison;
  comparison.instances = std::ssize(instances);
  if (selection.names_statuses()) comparison.condition = "have a selected status";

  std::vector<std::int64_t> algorithms;  // by row
  for (std::int64_t a = 0; a < std::ssize(axes.algorithm); ++a) {
    configuration::GridPoint point = figures.instance(instances.front());
    point.algorithm = a;
    if (!selection.contains(point)) continue;
    AlgorithmRow row{.algorithm = std::string(configuration::at(axes.algorithm, a).name())};
    std::vector<std::int64_t> others;
    for (const std::int64_t i : instances) {
      const grid::Status status = figures.status(figures.flat_of(a, i));
      row.computed += status != grid::Status::pending;
      const std::int64_t flat = figures.flat_of(a, i);
      const bool selected = is_compared(figures, selection, flat);
      row.selected += selected;
      row.interpolating += selected && figures.interpolates(flat);
      if (status != grid::Status::pending && !selected) others.push_back(flat);
    }
    row.compared = row.selected > 0 && 2 * row.selected >= row.computed;
    if (!others.empty()) row.reason = figures.reasons(others).front().text;
    algorithms.push_back(a);
    comparison.rows.push_back(std::move(row));
  }

  std::vector<std::int64_t> common;
  std::set<std::int64_t> seeds;
  std::set<std::int64_t> cells;
  const auto all_compared = [&](std::int64_t i) {
    bool any = false;
    for (std::size_t row = 0; row < algorithms.size(); ++row) {
      if (!comparison.rows[row].compared) continue;
      any = true;
      if (!is_compared(figures, selection, figures.flat_of(algorithms[row], i))) return false;
    }
    return any;
  };
  for (const std::int64_t i : instances) {
    if (!all_compared(i)) continue;
    common.push_back(i);
    seeds.insert(figures.instance(i).seed);
    cells.insert(i / std::ssize(axes.seed));
    ++comparison.least_kinds[static_cast<std::size_t>(figures.least_kind(i))];
    comparison.least_is_zero += figures.least(i) == 0;
  }
  comparison.common = std::ssize(common);
  comparison.seeds = std::ssize(seeds);
  comparison.is_one_cell = cells.size() <= 1;
  comparison.has_one_data_set = figures.has_one_data_set();

  std::map<std::string, double> flatness;  // by algorithm; the order of the rows
  for (std::size_t row = 0; row < algorithms.size(); ++row) {
    AlgorithmRow& algorithm = comparison.rows[row];
    if (!algorithm.compared || common.empty()) continue;
    for (const std::string_view name : request.variables) {
      const std::vector<double>& variable = figures.variable(name);
      std::vector<SeedValue> values;
      for (const std::int64_t i : common) {
        values.push_back({figures.data_set(i),
                          configuration::at(variable, figures.flat_of(algorithms[row], i))});
      }
      algorithm.medians.push_back(median_of(std::move(values)));
    }
    const bool relative = comparison.least_kinds[static_cast<std::size_t>(LeastKind::none)] == 0 &&
                          comparison.least_is_zero == 0;
    const std::vector<double>& sorted_by =
        figures.variable(relative ? "flatness_ratio" : "flatness_orbit_min");
    std::vector<double> values;
    for (const std::int64_t i : common) {
      values.push_back(configuration::at(sorted_by, figures.flat_of(algorithms[row], i)));
    }
    flatness[algorithm.algorithm] = median(std::move(values));
  }

  const auto mean_tau = [&](std::string_view name) {
    const std::vector<double>& variable = figures.variable(name);
    const std::vector<double>& population_loss = figures.variable("population_loss");
    std::vector<SeedValue> taus;
    for (const std::int64_t i : common) {
      std::vector<std::int64_t> points;
      for (std::size_t row = 0; row < algorithms.size(); ++row) {
        if (comparison.rows[row].compared &&
            !is_chosen_by_loss(configuration::at(figures.axes().algorithm, algorithms[row]).name()))
          points.push_back(figures.flat_of(algorithms[row], i));
      }
      taus.push_back({figures.data_set(i), kendall_tau(variable, population_loss, points)});
    }
    return mean_of(std::move(taus));
  };
  comparison.tau_orbit_min = mean_tau("flatness_orbit_min");
  comparison.tau_trace = mean_tau("flatness_trace");

  std::ranges::stable_sort(comparison.rows, [&](const AlgorithmRow& a, const AlgorithmRow& b) {
    if (a.medians.empty() || b.medians.empty()) return !a.medians.empty() && b.medians.empty();
    return flatness[a.algorithm] < flatness[b.algorithm];
  });
  return comparison;
}

}  // namespace

ComparisonRequest::ComparisonRequest(const Figures& figures) {
  if (!figures.has_least()) {
    variables = {"flatness_orbit_min", "flatness_trace", "population_loss"};
  }
  if (figures.has_least_norm_and_flattest()) {
    variables.insert(variables.end() - 1, "path_norm_ratio");
  }
}

void refuse_axis(std::string_view name, const std::vector<std::string_view>& axes) {
  const std::string suggestion = did_you_mean(name, axes);
  throw Error(fmt::format(
      "'{}': {}", name,
      suggestion.empty() ? fmt::format("is none of {}", fmt::join(axes, ", ")) : suggestion));
}

void check_axes(const ComparisonRequest& request) {
  const std::vector<std::string_view> axes(configuration::k_axis_names.begin() + 1,
                                           configuration::k_axis_names.end());
  for (const std::string_view name : request.by) {
    if (std::ranges::find(axes, name) != axes.end()) continue;
    if (name == configuration::k_axis_names[0])
      throw Error("'algorithm': each algorithm is a row already");
    refuse_axis(name, axes);
  }
}

void check_variables(const Figures& figures, const ComparisonRequest& request) {
  if (request.variables.empty()) throw Error("names no variable");
  for (const std::string_view name : request.variables) static_cast<void>(figures.variable(name));
}

std::vector<Comparison> compare(const Figures& figures, const Selection& selection,
                                const ComparisonRequest& request) {
  check_axes(request);
  check_variables(figures, request);
  // In storage order for any order of `by`.
  std::map<std::vector<std::int64_t>, std::vector<std::int64_t>> groups;
  for (std::int64_t i = 0; i < figures.instances(); ++i) {
    configuration::GridPoint point = figures.instance(i);
    bool selected = false;
    for (; point.algorithm < std::ssize(figures.axes().algorithm); ++point.algorithm) {
      selected = selected || selection.contains(point);
    }
    if (!selected || !figures.in_part(i)) continue;
    std::vector<std::int64_t> key;
    for (const std::string_view axis : request.by) {
      key.push_back(along(figures.axes(), point, axis).first);
    }
    groups[key].push_back(i);
  }
  std::vector<Comparison> comparisons;
  for (const auto& [key, instances] : groups) {
    comparisons.push_back(compare_group(figures, selection, instances, request));
    for (const std::string_view axis : request.by) {
      comparisons.back().group.emplace_back(
          axis, along(figures.axes(), figures.instance(instances.front()), axis).second);
    }
  }
  return comparisons;
}

}  // namespace flatgrid::report
