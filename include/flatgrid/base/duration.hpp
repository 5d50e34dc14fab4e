// SPDX-License-Identifier: MIT
/// Reading and writing durations in the notations of Slurm and of users.
#pragma once

#include <string>
#include <string_view>

namespace flatgrid {

/// A duration in seconds. Accepts the forms of Slurm: minutes "30", "MM:SS", "HH:MM:SS", "D-HH",
/// "D-HH:MM", "D-HH:MM:SS"; and a number with a unit: "90s", "90m", "12h", "2d". The first number has at
/// most six digits; the following minutes and seconds are below 60, hours below 24. Throws Error that
/// says which forms are accepted and does not repeat `text`.
double parse_duration(std::string_view text);

/// HH:MM:SS, for example "01:02:03" or "120:00:00". Rounds to whole seconds; negative values count as 0.
std::string duration_text(double seconds);

}  // namespace flatgrid
