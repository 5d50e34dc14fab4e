// SPDX-License-Identifier: MIT
#include "chart_parts.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "flatgrid/report/comparison.hpp"

namespace flatgrid::report {

GridAxis grid_axis(const configuration::Axes& axes, std::string_view name) {
  const auto as_doubles = [](const auto& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  if (name == "samples")
    return {"samples", &configuration::GridPoint::samples, as_doubles(axes.samples)};
  if (name == "noise") return {"noise", &configuration::GridPoint::noise, axes.noise};
  if (name == "width") return {"width", &configuration::GridPoint::width, as_doubles(axes.width)};
  if (name == "seed") return {"seed", &configuration::GridPoint::seed, as_doubles(axes.seed)};
  if (name != "algorithm")
    refuse_axis(name, {configuration::k_axis_names.begin(), configuration::k_axis_names.end()});
  GridAxis axis{"algorithm", &configuration::GridPoint::algorithm, {}};
  for (std::size_t a = 0; a < axes.algorithm.size(); ++a) {
    axis.values.push_back(static_cast<double>(a));
  }
  return axis;
}

std::vector<std::string> texts_of(const GridAxis& axis, const configuration::Axes& axes) {
  std::vector<std::string> texts;
  for (const double value : axis.values) texts.push_back(fmt::format("{}", value));
  if (axis.name == "algorithm") {
    for (std::size_t a = 0; a < texts.size(); ++a) texts[a] = axes.algorithm[a].name();
  }
  return texts;
}

std::string label_of(std::string_view variable) {
  if (variable == "flatness_ratio") return "orbit minimum / least";
  if (variable == "trace_ratio") return "trace / least orbit minimum";
  return words_of(variable);
}

Mark mark_of(double x, const Statistic& y, std::string label) {
  return {.x = x, .y = y.value, .low = y.low, .high = y.high, .label = std::move(label)};
}

void note_zero(std::vector<std::string>& series_with_zero, const std::string& series) {
  if (series_with_zero.empty() || series_with_zero.back() != series) {
    series_with_zero.push_back(series);
  }
}

std::string zero_text(const std::vector<std::string>& series_with_zero) {
  if (series_with_zero.empty()) return {};
  return fmt::format(" Medians of 0 have no place here: {}.", fmt::join(series_with_zero, ", "));
}

std::string instance_text(const configuration::Axes& axes, const configuration::GridPoint& point) {
  const std::string all = configuration::describe(axes, point);
  return all.substr(all.find(", ") + 2);
}

}  // namespace flatgrid::report
