// SPDX-License-Identifier: MIT
/// Durations as people and batch systems write them.
#pragma once

#include <string>
#include <string_view>

namespace flatgrid {

/// Seconds of "HH:MM:SS": hours of any number of digits, minutes and seconds of two below 60.
/// Throws Error saying what is expected, without the text itself.
double parse_duration(std::string_view text);

/// "01:02:03", "120:00:00"; `seconds` rounded to whole ones, negative ones count as 0.
std::string duration_text(double seconds);

}  // namespace flatgrid
