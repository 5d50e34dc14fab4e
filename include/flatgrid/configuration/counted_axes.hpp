// SPDX-License-Identifier: MIT
/// The size of a grid in words.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/configuration/axes.hpp"

namespace flatgrid::configuration {

/// How many values each axis has: {"13 algorithms", "1 number of samples", "3 levels of noise",
/// "2 widths", "5 seeds"}.
std::vector<std::string> counted_axes(const Axes& axes);

}  // namespace flatgrid::configuration
