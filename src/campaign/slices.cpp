#include "flatgrid/campaign/slices.hpp"

#include "flatgrid/grid/cost.hpp"

namespace flatgrid {

Slices::Slices(const Configuration& configuration, int slices)
    : seeds_(std::ssize(configuration.grid.seed)),
      cell_size_(std::ssize(configuration.grid.noise) * seeds_),
      count_(slices) {
  const auto [methods, samples, noises, widths, seeds] = configuration.grid.shape();
  std::vector<std::pair<double, GridPoint>> cells;
  for (std::int64_t method = 0; method < methods; ++method) {
    for (std::int64_t number = 0; number < samples; ++number) {
      for (std::int64_t width = 0; width < widths; ++width) {
        const GridPoint first{.method = method, .samples = number, .width = width};
        cells.emplace_back(predicted_cost(configuration, first), first);
      }
    }
  }
  std::ranges::stable_sort(cells, std::ranges::greater(), &std::pair<double, GridPoint>::first);
  std::ranges::transform(cells, std::back_inserter(cells_), &std::pair<double, GridPoint>::second);
}

std::int64_t Slices::size(int slice) const {
  const std::int64_t points = std::ssize(cells_) * cell_size_;
  return (points - slice + count_ - 1) / count_;
}

GridPoint Slices::point(int slice, std::int64_t number) const {
  const std::int64_t position = slice + number * count_;
  const std::int64_t in_cell = position % cell_size_;
  GridPoint point = at(cells_, position / cell_size_);
  point.noise = in_cell / seeds_;
  point.seed = in_cell % seeds_;
  return point;
}

}  // namespace flatgrid
