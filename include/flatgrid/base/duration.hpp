// SPDX-License-Identifier: MIT
/// Durations as people and batch systems write them.
#pragma once

#include <string>
#include <string_view>

namespace flatgrid {

/// Seconds of a duration. As Slurm reads them: minutes "30", "MM:SS", "HH:MM:SS", "D-HH", "D-HH:MM",
/// "D-HH:MM:SS"; or a number with its unit: "90s", "90m", "12h", "2d". The first number is of any
/// size (of six digits), those after it are minutes and seconds below 60, hours below 24. Throws
/// Error saying what is expected, without the text itself.
double parse_duration(std::string_view text);

/// "01:02:03", "120:00:00"; `seconds` rounded to whole ones, negative ones count as 0.
std::string duration_text(double seconds);

}  // namespace flatgrid
