#include "flatgrid/campaign/slices.hpp"

#include "flatgrid/grid/cost.hpp"

namespace flatgrid {

Slices::Slices(const Configuration& configuration, int slices, const Part& part)
    : seeds_(std::ssize(configuration.grid.seed)), stride_(part.count), count_(slices) {
  const auto [methods, samples, noises, widths, seeds] = configuration.grid.shape();
  const std::int64_t cell_size = noises * seeds;
  for (std::int64_t cell = 0; cell < methods * samples * widths; ++cell) {
    const GridPoint point{.method = cell / widths / samples,
                          .samples = cell / widths % samples,
                          .width = cell % widths};
    // The first number i in the cell with cell * cell_size + i = index - 1 modulo count.
    const std::int64_t first_in =
        ((part.index - 1 - cell * cell_size) % part.count + part.count) % part.count;
    cells_.push_back(
        {.point = point, .cost = predicted_cost(configuration, point), .first_in = first_in});
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
