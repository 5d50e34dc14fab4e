// SPDX-License-Identifier: MIT
/// Why points are no interpolators.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flatgrid::report {

struct Reason {
  std::string text;
  std::int64_t points;  ///< that give it
};

/// The reasons of some points, the most frequent first: what their messages, given for the whole grid,
/// say behind the figures of the point.
std::vector<Reason> reasons_of(const std::vector<std::int64_t>& points,
                               const std::vector<std::string>& messages);

}  // namespace flatgrid::report
