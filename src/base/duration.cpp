// SPDX-License-Identifier: MIT
#include "flatgrid/base/duration.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <regex>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid {

double parse_duration(std::string_view text) {
  static const std::regex k_pattern("([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])");
  std::match_results<std::string_view::const_iterator> parts;
  if (!std::regex_match(text.begin(), text.end(), parts, k_pattern)) {
    throw Error("must be HH:MM:SS");
  }
  return 3600.0 * std::stoi(parts[1]) + 60.0 * std::stoi(parts[2]) + std::stoi(parts[3]);
}

std::string duration_text(double seconds) {
  // What a damaged file says may be anything; !(x > 0) holds for NaN too.
  constexpr double k_longest = 3600e6;
  const std::int64_t whole = seconds > 0 ? std::llround(std::min(seconds, k_longest)) : 0;
  return fmt::format("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace flatgrid
