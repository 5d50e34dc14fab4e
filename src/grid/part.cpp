// SPDX-License-Identifier: MIT
#include "flatgrid/grid/part.hpp"

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/pattern.hpp"

namespace flatgrid::grid {

bool Part::contains(const configuration::Axes& axes, const configuration::GridPoint& point) const {
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  const std::int64_t cost_class =
      (point.algorithm * samples + point.samples) * widths + point.width;
  const std::int64_t number = (cost_class * noises + point.noise) * seeds + point.seed;
  return number % count == index - 1;
}

std::string part_text(const Part& part) { return fmt::format("{}/{}", part.index, part.count); }

Part parse_part(std::string_view text) {
  const std::optional<std::vector<std::string>> numbers =
      groups_of_match(text, "([0-9]{1,7})/([0-9]{1,7})");
  if (numbers) {
    const Part part{.index = std::stoll((*numbers)[0]), .count = std::stoll((*numbers)[1])};
    if (part.index >= 1 && part.index <= part.count) return part;
  }
  throw Error("must be I/N with 1 <= I <= N, for example 2/4");
}

}  // namespace flatgrid::grid
