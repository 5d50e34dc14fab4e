// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "flatgrid/algorithm/bound_kind.hpp"
#include "judgement.hpp"

namespace flatgrid::report {

namespace {

template <class Value>
Ends ends_of(const std::vector<Value>& values, const std::vector<Cell>& cells,
             std::int64_t configuration::GridPoint::*axis) {
  Ends ends;
  for (std::size_t k = 0; k < cells.size(); ++k) {
    const std::int64_t here = cells[k].point.*axis;
    if (k == 0 || configuration::at(values, here) < configuration::at(values, ends.least))
      ends.least = here;
    if (k == 0 || configuration::at(values, here) > configuration::at(values, ends.largest))
      ends.largest = here;
  }
  return ends;
}

}  // namespace

bool Points::interpolates_in(const Cell& cell, std::int64_t algorithm) const {
  return std::ranges::any_of(cell.instances, [&](std::int64_t i) { return shown(algorithm, i); });
}

std::vector<std::int64_t> Points::ordered_on(std::int64_t instance) const {
  std::vector<std::int64_t> points;
  for (std::int64_t a = 0; a < std::ssize(axes().algorithm); ++a) {
    if (shown(a, instance) && !is_chosen_by_loss(configuration::at(axes().algorithm, a).name()))
      points.push_back(figures.flat_of(a, instance));
  }
  return points;
}

std::vector<Cell> cells_of(const Points& points) {
  std::vector<Cell> cells;
  for (std::int64_t i = 0; i < points.figures.instances(); ++i) {  // seed runs fastest
    const configuration::GridPoint point = points.figures.instance(i);
    if (point.seed == 0) cells.push_back({.point = point, .instances = {}});
    bool selected = false;
    for (configuration::GridPoint any = point; any.algorithm < std::ssize(points.axes().algorithm);
         ++any.algorithm) {
      selected = selected || points.selection.contains(any);
    }
    if (selected) cells.back().instances.push_back(i);
  }
  std::erase_if(cells, [](const Cell& cell) { return cell.instances.empty(); });
  return cells;
}

std::string cell_text(const configuration::Axes& axes, const configuration::GridPoint& point) {
  return fmt::format(
      "samples {}, noise {}, width {}", configuration::at(axes.samples, point.samples),
      configuration::at(axes.noise, point.noise), configuration::at(axes.width, point.width));
}

std::vector<SeedValue> values_on(const Figures& figures, const std::vector<std::int64_t>& instances,
                                 const std::function<double(std::int64_t)>& value) {
  std::vector<SeedValue> values;
  for (const std::int64_t i : instances) values.push_back({figures.data_set(i), value(i)});
  return values;
}

Ends ends_of_noise(const configuration::Axes& axes, const std::vector<Cell>& cells) {
  return ends_of(axes.noise, cells, &configuration::GridPoint::noise);
}

Ends ends_of_samples(const configuration::Axes& axes, const std::vector<Cell>& cells) {
  return ends_of(axes.samples, cells, &configuration::GridPoint::samples);
}

void BoundKinds::count(const Points& points, const Cell& cell, std::int64_t entry) {
  for (const std::int64_t i : cell.instances) {
    if (!points.shown(entry, i)) continue;
    const std::int64_t flat = points.figures.flat_of(entry, i);
    all += !std::isnan(configuration::at(points.figures.variable("worst_loss_bound"), flat));
    certified += configuration::at(points.figures.variable("worst_loss_bound_kind"), flat) ==
                 static_cast<double>(algorithm::BoundKind::certified);
  }
}

void BoundKinds::add_to(Verdict& verdict) const {
  if (all == 0) return;
  verdict.remarks.push_back(
      certified == all ? fmt::format("every interpolator: all {} upper bounds are certified.", all)
                       : fmt::format("every interpolator: {} of {} upper bounds are certified, the "
                                     "others are estimated.",
                                     certified, all));
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
  verdict.evidence.push_back(
      {fmt::format("{}: third order in log {}", what, axis), law.third_order, points});
  if (!law.holds()) return;
  verdict.evidence.push_back({fmt::format("{}: exponent in {}", what, axis), law.exponent, points});
}

}  // namespace flatgrid::report
