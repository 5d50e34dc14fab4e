// SPDX-License-Identifier: MIT
#include "flatgrid/base/duration.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/base/pattern.hpp"

namespace flatgrid {
namespace {

constexpr double k_minute = 60.0;
constexpr double k_hour = 3600.0;
constexpr double k_day = 86400.0;

/// A notation of durations: the form of its text, and the seconds that each number stands for.
struct Form {
  std::string pattern;
  std::vector<double> seconds;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> k_forms = [] {
    const std::string first = "([0-9]{1,6})";
    const std::string sixty = ":([0-5][0-9])";
    const std::string hours = "-([01]?[0-9]|2[0-3])";
    return std::vector<Form>{
        {first, {k_minute}},
        {first + sixty, {k_minute, 1.0}},
        {first + sixty + sixty, {k_hour, k_minute, 1.0}},
        {first + hours, {k_day, k_hour}},
        {first + hours + sixty, {k_day, k_hour, k_minute}},
        {first + hours + sixty + sixty, {k_day, k_hour, k_minute, 1.0}},
        {first + "s", {1.0}},
        {first + "m", {k_minute}},
        {first + "h", {k_hour}},
        {first + "d", {k_day}},
    };
  }();
  return k_forms;
}

}  // namespace

double parse_duration(std::string_view text) {
  for (const Form& form : forms()) {
    const std::optional<std::vector<std::string>> numbers = groups_of_match(text, form.pattern);
    if (!numbers) continue;
    double seconds = 0.0;
    for (std::size_t i = 0; i < form.seconds.size(); ++i) {
      seconds += form.seconds[i] * std::stod((*numbers)[i]);
    }
    return seconds;
  }
  throw Error("must be a time: HH:MM:SS, 30 (minutes), 30:00, 1-00:00:00, or 90s, 90m, 1h, 2d");
}

std::string duration_text(double seconds) {
  // The value may come from a damaged file; !(x > 0) is also true for NaN.
  constexpr double k_longest = 3600e6;
  const std::int64_t whole = seconds > 0 ? std::llround(std::min(seconds, k_longest)) : 0;
  return fmt::format("{:02}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace flatgrid
