// SPDX-License-Identifier: MIT
#include <algorithm>

#include <fmt/format.h>

#include "judgement.hpp"

namespace flatgrid {

std::vector<std::int64_t> Points::shown_on(std::int64_t instance) const {
  std::vector<std::int64_t> points;
  for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
    if (shown(a, instance)) points.push_back(figures.flat_of(a, instance));
  }
  return points;
}

std::vector<Cell> cells_of(const Figures& figures) {
  std::vector<Cell> cells;
  for (std::int64_t i = 0; i < figures.instances(); ++i) {  // seed runs fastest
    const GridPoint point = figures.instance(i);
    if (point.seed == 0) cells.push_back({.point = point, .instances = {}});
    cells.back().instances.push_back(i);
  }
  return cells;
}

std::string cell_text(const Axes& axes, const GridPoint& point) {
  return fmt::format("samples {}, noise {}, width {}", at(axes.samples, point.samples),
                     at(axes.noise, point.noise), at(axes.width, point.width));
}

std::int64_t least_noise(const Axes& axes) {
  return std::ranges::min_element(axes.noise) - axes.noise.begin();
}

std::int64_t most_samples(const Axes& axes) {
  return std::ranges::max_element(axes.samples) - axes.samples.begin();
}

void add_power_law(Verdict& verdict, const std::string& what, std::string_view axis,
                   const PowerLaw& law, std::int64_t points) {
  for (std::size_t k = 0; k < law.local_slopes.size(); ++k) {
    verdict.evidence.push_back({fmt::format("{}: local slope in {} from {} to {}", what, axis,
                                            law.sizes[k], law.sizes[k + 1]),
                                law.local_slopes[k], points});
  }
  if (std::ssize(law.sizes) < k_fewest_sizes) return;
  verdict.evidence.push_back(
      {fmt::format("{}: curvature in log {}", what, axis), law.curvature, points});
  if (!law.holds()) return;
  verdict.evidence.push_back({fmt::format("{}: exponent in {}", what, axis), law.exponent, points});
}

}  // namespace flatgrid
