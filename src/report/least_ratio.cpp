// SPDX-License-Identifier: MIT
#include "flatgrid/report/least_ratio.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "flatgrid/algorithm/bound_kind.hpp"

namespace flatgrid::report {

std::vector<FrontierPoint> frontier_points(const Figures& figures, const Selection& selection,
                                           std::int64_t instance) {
  std::vector<FrontierPoint> points;
  for (const std::int64_t entry : figures.entries_of(std::array{std::string_view("worst")})) {
    const std::int64_t flat = figures.flat_of(entry, instance);
    if (!is_shown(figures, selection, flat)) continue;
    const double unit = figures.target_second_moment(figures.instance(instance).seed);
    points.push_back(
        {.ratio = worst_ratio(figures, entry),
         .found = configuration::at(figures.variable("population_loss"), flat) / unit,
         .bound = configuration::at(figures.variable("worst_loss_bound"), flat) / unit,
         .is_certified = configuration::at(figures.variable("worst_loss_bound_kind"), flat) ==
                         static_cast<double>(algorithm::BoundKind::certified)});
  }
  return points;
}

Statistic least_ratio(std::vector<FrontierPoint> points, double loss) {
  if (points.empty()) return {};
  std::ranges::sort(points, {}, &FrontierPoint::ratio);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Statistic result{.value = infinity, .low = 1, .high = infinity};
  for (const FrontierPoint& point : points) {
    if (point.bound < loss) result.low = point.ratio;
  }
  double below = 0;   // the largest loss found at smaller ratios
  double before = 0;  // the largest of these ratios
  for (const FrontierPoint& point : points) {
    if (point.found >= loss) {
      result.value = result.high = point.ratio;
      if (below > 0)
        result.value = before * std::pow(point.ratio / before,
                                         std::log(loss / below) / std::log(point.found / below));
      break;
    }
    below = std::max(below, point.found);
    before = point.ratio;
  }
  return result;
}

}  // namespace flatgrid::report
