// SPDX-License-Identifier: MIT
/// The grid: five axes in storage order (algorithm, samples, noise, width, seed) and the points on it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/base/choice.hpp"

namespace flatgrid::configuration {

/// Values along the five axes, each without duplicates, in the order of the configuration.
struct Axes {
  std::vector<Choice<algorithm::Algorithm>> algorithm;
  std::vector<std::int64_t> samples;
  std::vector<double> noise;
  std::vector<std::int64_t> width;
  std::vector<std::int64_t> seed;

  /// Number of values along (algorithm, samples, noise, width, seed).
  [[nodiscard]] std::array<std::int64_t, 5> shape() const;
  /// Number of grid points, the product of `shape()`.
  [[nodiscard]] std::int64_t points() const;
};

inline constexpr std::array<std::string_view, 5> k_axis_names = {"algorithm", "samples", "noise",
                                                                 "width", "seed"};

/// Positions along the five axes; `width` here is the position of a width in `Axes::width`.
struct GridPoint {
  std::int64_t algorithm = 0;
  std::int64_t samples = 0;
  std::int64_t noise = 0;
  std::int64_t width = 0;
  std::int64_t seed = 0;

  friend bool operator==(const GridPoint&, const GridPoint&) = default;
};

/// The value at a position, of an axis or of a variable over the grid.
template <class Value>
const Value& at(const std::vector<Value>& values, std::int64_t position) {
  return values[static_cast<std::size_t>(position)];
}

/// Row-major position of a point in an array of shape `axes.shape()` (seed runs fastest), and back.
std::int64_t flat_index(const Axes& axes, const GridPoint& point);
GridPoint grid_point(const Axes& axes, std::int64_t flat);

/// "gradient-descent, samples 100, noise 0.1, width 300, seed 2", for messages.
std::string describe(const Axes& axes, const GridPoint& point);

}  // namespace flatgrid::configuration
