// SPDX-License-Identifier: MIT
#include "flatgrid/grid/part.hpp"

#include <regex>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid::grid {

bool Part::contains(const configuration::Axes& axes, const configuration::GridPoint& point) const {
  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  const std::int64_t cell = (point.algorithm * samples + point.samples) * widths + point.width;
  const std::int64_t number = (cell * noises + point.noise) * seeds + point.seed;
  return number % count == index - 1;
}

std::string part_text(const Part& part) { return fmt::format("{}/{}", part.index, part.count); }

Part parse_part(std::string_view text) {
  static const std::regex k_pattern("([0-9]{1,7})/([0-9]{1,7})");
  std::match_results<std::string_view::const_iterator> numbers;
  if (std::regex_match(text.begin(), text.end(), numbers, k_pattern)) {
    const Part part{.index = std::stoll(numbers[1]), .count = std::stoll(numbers[2])};
    if (part.index >= 1 && part.index <= part.count) return part;
  }
  throw Error("must be I/N with 1 <= I <= N, as 2/4");
}

}  // namespace flatgrid::grid
