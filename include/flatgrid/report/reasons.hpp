// SPDX-License-Identifier: MIT
/// The reasons why points do not interpolate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flatgrid::report {

struct Reason {
  std::string text;
  std::int64_t points;  ///< number of points with this reason
};

/// The reasons of some points, the most frequent first: their messages without the point's own numbers.
/// `messages` are those of the whole grid.
std::vector<Reason> reasons_of(const std::vector<std::int64_t>& points,
                               const std::vector<std::string>& messages);

}  // namespace flatgrid::report
