// SPDX-License-Identifier: MIT
#include "flatgrid/report/heat_maps.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chart_parts.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

namespace {

/// "Medians over noise and seed, ...": the axes beside x and y that the shown points differ along.
std::string caption_of(const configuration::Axes& axes, const HeatMapRequest& request,
                       const std::vector<configuration::GridPoint>& shown) {
  std::vector<std::string_view> over;
  for (const std::string_view name : configuration::k_axis_names) {
    if (name == request.x || name == request.y || shown.empty()) continue;
    const auto position = grid_axis(axes, name).position;
    const bool differ = std::ranges::any_of(shown, [&](const configuration::GridPoint& point) {
      return point.*position != shown.front().*position;
    });
    if (differ) over.push_back(name);
  }
  if (over.empty()) return "Interpolating points.";
  return fmt::format("Medians over {}, of interpolating points.", fmt::join(over, " and "));
}

/// Of one algorithm, or of all.
HeatMap heat_map(const Figures& figures, const Selection& selection, const HeatMapRequest& request,
                 std::optional<std::int64_t> algorithm) {
  const configuration::Axes& axes = figures.axes();
  const GridAxis x = grid_axis(axes, request.x);
  const GridAxis y = grid_axis(axes, request.y);
  const std::vector<double>& variable = figures.variable(request.variable);
  const std::size_t columns = x.values.size();
  std::vector<std::vector<double>> values(columns * y.values.size());
  std::vector<configuration::GridPoint> shown;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const configuration::GridPoint point = configuration::grid_point(axes, flat);
    if (algorithm && point.algorithm != *algorithm) continue;
    if (!is_shown(figures, selection, flat) || std::isnan(configuration::at(variable, flat)))
      continue;
    shown.push_back(point);
    values[static_cast<std::size_t>(point.*y.position) * columns +
           static_cast<std::size_t>(point.*x.position)]
        .push_back(configuration::at(variable, flat));
  }
  HeatMap map{.title = label_of(request.variable),
              .caption = caption_of(axes, request, shown),
              .x_label = request.x,
              .y_label = request.y,
              .value_label = label_of(request.variable),
              .x = texts_of(x, axes),
              .y = texts_of(y, axes),
              .values = MatrixD(std::ssize(y.values), std::ssize(x.values))};
  for (Index row = 0; row < map.values.rows(); ++row) {
    for (Index column = 0; column < map.values.cols(); ++column) {
      map.values(row, column) =
          median(values[static_cast<std::size_t>(row * map.values.cols() + column)]);
    }
  }
  return map;
}

}  // namespace

HeatMapRequest heat_map_request(const Figures& figures, const std::string& text) {
  std::istringstream words(text);
  HeatMapRequest request;
  std::string rest;
  std::getline(words, request.variable, ',');
  std::getline(words, request.x, ',');
  std::getline(words, request.y, ',');
  if (request.y.empty() || std::getline(words, rest)) throw Error("must be VARIABLE,AXIS,AXIS");
  static_cast<void>(figures.variable(request.variable));
  static_cast<void>(grid_axis(figures.axes(), request.x));
  static_cast<void>(grid_axis(figures.axes(), request.y));
  if (request.x == request.y) throw Error(fmt::format("'{}': the same axis twice", request.x));
  return request;
}

std::vector<HeatMap> heat_maps(const Figures& figures, const Selection& selection,
                               const HeatMapRequest& request, const std::string& id) {
  std::vector<HeatMap> maps;
  if (request.x == "algorithm" || request.y == "algorithm") {
    maps.push_back(heat_map(figures, selection, request, std::nullopt));
    maps.back().id = id;
  } else {
    for (std::int64_t a = 0; a < std::ssize(figures.axes().algorithm); ++a) {
      const std::string_view name = configuration::at(figures.axes().algorithm, a).name();
      maps.push_back(heat_map(figures, selection, request, a));
      maps.back().id = fmt::format("{}-{}", id, name);
      maps.back().title = fmt::format("{}: {}", name, maps.back().title);
    }
  }
  std::erase_if(maps, [](const HeatMap& map) { return map.values.array().isNaN().all(); });
  return maps;
}

}  // namespace flatgrid::report
