// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/axes.hpp"

#include <fmt/format.h>

namespace flatgrid::configuration {

std::array<std::int64_t, 5> Axes::shape() const {
  return {std::ssize(algorithm), std::ssize(samples), std::ssize(noise), std::ssize(width),
          std::ssize(seed)};
}

std::int64_t Axes::points() const {
  std::int64_t product = 1;
  for (const std::int64_t extent : shape()) product *= extent;
  return product;
}

std::int64_t flat_index(const Axes& axes, const GridPoint& point) {
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  return (((point.algorithm * samples + point.samples) * noises + point.noise) * widths +
          point.width) *
             seeds +
         point.seed;
}

GridPoint grid_point(const Axes& axes, std::int64_t flat) {
  const auto last_position = [&flat](std::int64_t extent) {
    const std::int64_t position = flat % extent;
    flat /= extent;
    return position;
  };
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  GridPoint point;
  point.seed = last_position(seeds);
  point.width = last_position(widths);
  point.noise = last_position(noises);
  point.samples = last_position(samples);
  point.algorithm = flat;
  return point;
}

std::string describe(const Axes& axes, const GridPoint& point) {
  return fmt::format("{}, samples {}, noise {}, width {}, seed {}",
                     at(axes.algorithm, point.algorithm).name(), at(axes.samples, point.samples),
                     at(axes.noise, point.noise), at(axes.width, point.width),
                     at(axes.seed, point.seed));
}

}  // namespace flatgrid::configuration
