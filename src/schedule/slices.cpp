// SPDX-License-Identifier: MIT
#include "flatgrid/schedule/slices.hpp"

#include "flatgrid/grid/prices.hpp"

namespace flatgrid {

Slices::Slices(const Study& study, int slices, const Part& part)
    : seeds_(std::ssize(study.configuration.grid.seed)), stride_(part.count), count_(slices) {
  const Axes& axes = study.configuration.grid;
  const PointPrices prices(study);
  const std::int64_t cell_size = std::ssize(axes.noise) * seeds_;
  std::int64_t earlier = 0;  // points of the grid in the cells before, in storage order
  for (const GridPoint& point : cells(axes)) {
    // The first number i in the cell with earlier + i = index - 1 modulo count.
    const std::int64_t first_in =
        ((part.index - 1 - earlier) % part.count + part.count) % part.count;
    cells_.push_back({.point = point, .cost = prices(point).flops, .first_in = first_in});
    earlier += cell_size;
  }
  std::ranges::stable_sort(cells_, std::ranges::greater(), &Cell::cost);
  for (Cell& cell : cells_) {
    cell.before = points_;
    points_ += std::max<std::int64_t>(0, (cell_size - cell.first_in + stride_ - 1) / stride_);
  }
}

std::int64_t Slices::size(int slice) const { return (points_ - slice + count_ - 1) / count_; }

GridPoint Slices::point(int slice, std::int64_t number) const {
  const std::int64_t position = slice + number * count_;
  // The last cell that begins at this position or before: one that is not empty.
  const Cell& cell = *std::prev(std::ranges::upper_bound(cells_, position, {}, &Cell::before));
  const std::int64_t in_cell = cell.first_in + (position - cell.before) * stride_;
  GridPoint point = cell.point;
  point.noise = in_cell / seeds_;
  point.seed = in_cell % seeds_;
  return point;
}

}  // namespace flatgrid
