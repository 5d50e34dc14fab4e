// SPDX-License-Identifier: MIT
#include "flatgrid/campaign/forecast.hpp"

#include <algorithm>
#include <utility>

#include "flatgrid/grid/timing.hpp"

namespace flatgrid::campaign {

std::int64_t kind_count(const configuration::Axes& axes) {
  return axes.points() / std::max<std::int64_t>(std::ssize(axes.seed), 1);
}

std::int64_t kind_of(const configuration::Axes& axes, const configuration::GridPoint& point) {
  return grid::cell_of(axes, point) * std::ssize(axes.noise) + point.noise;
}

Forecast::Forecast(const grid::Study& study, std::vector<std::int64_t> to_compute)
    : study_(study), to_compute_(std::move(to_compute)) {}

std::vector<double> Forecast::point_seconds(std::span<const KindTally> computed) const {
  const configuration::Axes& axes = study_.configuration.grid;
  const auto noises = std::ssize(axes.noise);
  const std::vector<configuration::GridPoint> first_of_cell = grid::cells(axes);
  std::vector<double> seconds(computed.size());
  std::vector<grid::Pilot> pilots;
  for (std::size_t kind = 0; kind < computed.size(); ++kind) {
    const auto& [points, microseconds] = computed[kind];
    if (points == 0) continue;
    seconds[kind] = 1e-6 * static_cast<double>(microseconds) / static_cast<double>(points);
    pilots.push_back(
        {.point = configuration::at(first_of_cell, static_cast<std::int64_t>(kind) / noises),
         .seconds = seconds[kind]});
  }
  if (pilots.size() == computed.size()) return seconds;
  const grid::PointTimes times(study_, pilots);
  for (std::size_t kind = 0; kind < computed.size(); ++kind) {
    if (computed[kind].points > 0) continue;
    seconds[kind] =
        times.mean(configuration::at(first_of_cell, static_cast<std::int64_t>(kind) / noises));
  }
  return seconds;
}

bool Forecast::knows_every_algorithm(std::span<const KindTally> computed) const {
  const std::size_t algorithms = study_.configuration.grid.algorithm.size();
  const std::size_t kinds = computed.size() / algorithms;  // of an algorithm
  for (std::size_t algorithm = 0; algorithm < algorithms; ++algorithm) {
    bool wanted = false;
    bool known = false;
    for (std::size_t kind = algorithm * kinds; kind < (algorithm + 1) * kinds; ++kind) {
      wanted = wanted || to_compute_[kind] > 0;
      known = known || computed[kind].points > 0;
    }
    if (wanted && !known) return false;
  }
  return true;
}

std::optional<double> Forecast::seconds_left(std::span<const KindTally> computed,
                                             std::span<const PointInWork> in_work,
                                             int ranks) const {
  if (!knows_every_algorithm(computed)) return std::nullopt;
  const std::vector<double> seconds = point_seconds(computed);
  double sum = 0;  // over all ranks
  for (std::size_t kind = 0; kind < computed.size(); ++kind) {
    const std::int64_t left = to_compute_[kind] - computed[kind].points;
    if (left > 0) sum += static_cast<double>(left) * seconds[kind];
  }
  double longest = 0;
  const configuration::Axes& axes = study_.configuration.grid;
  for (const PointInWork& point : in_work) {
    const double whole =
        configuration::at(seconds, kind_of(axes, configuration::grid_point(axes, point.flat)));
    sum -= std::min(point.seconds, whole);
    longest = std::max(longest, whole - point.seconds);
  }
  return std::max({sum / ranks, longest, 0.0});
}

}  // namespace flatgrid::campaign
