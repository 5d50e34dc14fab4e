// SPDX-License-Identifier: MIT
/// A part of a grid: the points that one job of a job array computes and stores in its own file.
#pragma once

#include <string>
#include <string_view>

#include "flatgrid/configuration/axes.hpp"

namespace flatgrid::grid {

/// Part `index` of `count`. The points are numbered in the order (algorithm, samples, width, noise,
/// seed), the last fastest; the part has the points whose number is index - 1 modulo count. So every part
/// has about equally many points of each cost class.
struct Part {
  std::int64_t index = 1;  ///< from 1 to count
  std::int64_t count = 1;  ///< 1 = the whole grid

  [[nodiscard]] bool is_whole() const { return count == 1; }
  [[nodiscard]] bool contains(const configuration::Axes& axes,
                              const configuration::GridPoint& point) const;

  friend bool operator==(const Part&, const Part&) = default;
};

/// "2/4".
std::string part_text(const Part& part);
/// Throws Error that says which form is expected and does not repeat `text`.
Part parse_part(std::string_view text);

}  // namespace flatgrid::grid
