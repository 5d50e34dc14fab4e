// SPDX-License-Identifier: MIT
// Prints the population loss of every point of a results file and the norm of its network.
#include <flatgrid/results/reader.hpp>
#include <fmt/format.h>

int main(int, char** words) {
  const flatgrid::results::ResultsReader results(words[1]);
  const flatgrid::configuration::Axes& axes = results.configuration().grid;
  for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
    const flatgrid::grid::PointResult point = results.point(grid_point(axes, flat));
    fmt::print("{} {}\n", point.record.population_loss, point.network.inner.norm());
  }
}
