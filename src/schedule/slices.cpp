// SPDX-License-Identifier: MIT
#include "flatgrid/schedule/slices.hpp"

#include <iterator>

#include "flatgrid/grid/prices.hpp"

namespace flatgrid::schedule {
namespace {

/// Predicted work of a bundle of small points, about a millisecond, and the most points in it.
constexpr double k_flops_together = 2e6;
constexpr std::int64_t k_points_together = 256;
/// Bundles of every slice in a stretch, at least.
constexpr std::int64_t k_least_bundles = 8;

}  // namespace

Slices::Slices(const grid::Study& study, int slices, const grid::Part& part)
    : seeds_(std::ssize(study.configuration.grid.seed)), stride_(part.count), count_(slices) {
  const configuration::Axes& axes = study.configuration.grid;
  const grid::PointPrices prices(study);
  const auto noises = std::ssize(axes.noise);
  std::vector<configuration::GridPoint> sorted = grid::cells(axes);
  std::ranges::stable_sort(
      sorted, std::ranges::greater(),
      [&](const configuration::GridPoint& cell) { return prices(cell).flops; });
  for (const bool heads : {true, false}) {
    for (const configuration::GridPoint& cell : sorted) {
      // The first number i in the cell that is of the part: earlier + i = index - 1 modulo count.
      const std::int64_t earlier = grid::cell_of(axes, cell) * noises * seeds_;
      const std::int64_t first_in =
          ((part.index - 1 - earlier) % part.count + part.count) % part.count;
      const std::int64_t size =
          std::max<std::int64_t>(0, (noises * seeds_ - first_in + stride_ - 1) / stride_);
      if (size == 0) continue;
      const std::int64_t block = (size + noises - 1) / noises;
      const std::int64_t blocks = (size + block - 1) / block;
      const std::int64_t points = heads ? blocks : size - blocks;
      if (points == 0) continue;
      // Heads are no neighbours, nor are points of a part.
      const bool neighbours = !heads && stride_ == 1;
      const auto cheap = static_cast<std::int64_t>(k_flops_together / prices(cell).flops);
      const std::int64_t bundle =
          neighbours
              ? std::clamp<std::int64_t>(std::min(cheap, points / (k_least_bundles * slices)), 1,
                                         k_points_together)
              : 1;
      stretches_.push_back({.cell = cell,
                            .first_in = first_in,
                            .block = block,
                            .heads = heads,
                            .points = points,
                            .bundle = bundle,
                            .before = bundles_});
      bundles_ += (points + bundle - 1) / bundle;
    }
  }
}

std::int64_t Slices::size(int slice) const { return (bundles_ - slice + count_ - 1) / count_; }

std::vector<configuration::GridPoint> Slices::bundle(int slice, std::int64_t number) const {
  const std::int64_t position = slice + number * count_;
  // The last stretch that begins at this position or before.
  const Stretch& stretch =
      *std::prev(std::ranges::upper_bound(stretches_, position, {}, &Stretch::before));
  const std::int64_t first = (position - stretch.before) * stretch.bundle;
  const std::int64_t end = std::min(first + stretch.bundle, stretch.points);
  std::vector<configuration::GridPoint> points;
  for (std::int64_t k = first; k < end; ++k) points.push_back(point(stretch, k));
  return points;
}

configuration::GridPoint Slices::point(const Stretch& stretch, std::int64_t number) const {
  const std::int64_t rest = stretch.block - 1;  // of a block, without its head
  const std::int64_t of_part =
      stretch.heads ? number * stretch.block : number / rest * stretch.block + 1 + number % rest;
  const std::int64_t in_cell = stretch.first_in + of_part * stride_;
  configuration::GridPoint point = stretch.cell;
  point.noise = in_cell / seeds_;
  point.seed = in_cell % seeds_;
  return point;
}

}  // namespace flatgrid::schedule
