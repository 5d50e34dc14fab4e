// SPDX-License-Identifier: MIT
/// A part of a grid: what one job of an array computes, into a file of its own.
#pragma once

#include <string>
#include <string_view>

#include "flatgrid/configuration/axes.hpp"

namespace flatgrid::grid {

/// Part `index` of `count`: with the points counted in the order (algorithm, samples, width, noise,
/// seed), the last fastest, those whose number is index - 1 modulo count. So every part has its
/// share of the points of each cost.
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
/// Throws Error saying what is expected, without the text itself.
Part parse_part(std::string_view text);

}  // namespace flatgrid::grid
