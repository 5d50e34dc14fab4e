// SPDX-License-Identifier: MIT
#include "flatgrid/schedule/slices.hpp"

#include <iterator>

#include "flatgrid/grid/prices.hpp"

namespace flatgrid::schedule {
namespace {

/// Predicted work of a batch of small points, about a millisecond, and the largest number of its points.
constexpr double k_flops_together = 2e6;
constexpr std::int64_t k_points_together = 256;
/// The least number of batches of every slice in a range.
constexpr std::int64_t k_least_batches = 8;

}  // namespace

Slices::Slices(const grid::Study& study, int slices, const grid::Part& part)
    : seeds_(std::ssize(study.configuration.grid.seed)), stride_(part.count), count_(slices) {
  const configuration::Axes& axes = study.configuration.grid;
  const grid::PointPrices prices(study);
  const auto noises = std::ssize(axes.noise);
  std::vector<configuration::GridPoint> sorted = grid::cost_classes(axes);
  std::ranges::stable_sort(
      sorted, std::ranges::greater(),
      [&](const configuration::GridPoint& first) { return prices(first).flops; });
  for (const bool first_pass : {true, false}) {
    for (const configuration::GridPoint& cost_class : sorted) {
      // The first position i in the class that is in the part: earlier + i = index - 1 modulo count.
      const std::int64_t earlier = grid::cost_class_of(axes, cost_class) * noises * seeds_;
      const std::int64_t first_in =
          ((part.index - 1 - earlier) % part.count + part.count) % part.count;
      const std::int64_t size =
          std::max<std::int64_t>(0, (noises * seeds_ - first_in + stride_ - 1) / stride_);
      if (size == 0) continue;
      const std::int64_t block = (size + noises - 1) / noises;
      const std::int64_t blocks = (size + block - 1) / block;
      const std::int64_t points = first_pass ? blocks : size - blocks;
      if (points == 0) continue;
      // The points of the first pass are no neighbours, nor are the points of a part.
      const bool neighbours = !first_pass && stride_ == 1;
      const auto cheap = static_cast<std::int64_t>(k_flops_together / prices(cost_class).flops);
      const std::int64_t batch =
          neighbours
              ? std::clamp<std::int64_t>(std::min(cheap, points / (k_least_batches * slices)), 1,
                                         k_points_together)
              : 1;
      ranges_.push_back({.cost_class = cost_class,
                         .first_in = first_in,
                         .block = block,
                         .first_pass = first_pass,
                         .points = points,
                         .batch = batch,
                         .before = batches_});
      batches_ += (points + batch - 1) / batch;
    }
  }
}

std::int64_t Slices::size(int slice) const { return (batches_ - slice + count_ - 1) / count_; }

std::vector<configuration::GridPoint> Slices::batch(int slice, std::int64_t number) const {
  const std::int64_t position = slice + number * count_;
  // The last range that begins at this position or before.
  const PointRange& range =
      *std::prev(std::ranges::upper_bound(ranges_, position, {}, &PointRange::before));
  const std::int64_t first = (position - range.before) * range.batch;
  const std::int64_t end = std::min(first + range.batch, range.points);
  std::vector<configuration::GridPoint> points;
  for (std::int64_t k = first; k < end; ++k) points.push_back(point(range, k));
  return points;
}

configuration::GridPoint Slices::point(const PointRange& range, std::int64_t number) const {
  const std::int64_t rest = range.block - 1;  // points of a block in the second pass
  const std::int64_t of_part =
      range.first_pass ? number * range.block : number / rest * range.block + 1 + number % rest;
  const std::int64_t in_class = range.first_in + of_part * stride_;
  configuration::GridPoint point = range.cost_class;
  point.noise = in_class / seeds_;
  point.seed = in_class % seeds_;
  return point;
}

}  // namespace flatgrid::schedule
