// SPDX-License-Identifier: MIT
/// Points of a grid and their figures in the output of the commands.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "flatgrid/grid/record.hpp"

namespace flatgrid::commands {

/// Objects keep the order of their members.
using Json = nlohmann::ordered_json;

/// The values of a point, by the names of the axes.
Json json_of_point(const configuration::Axes& axes, const configuration::GridPoint& point);

/// The meaning of the value `number` of a figure with `meanings`.
std::string_view meaning(const grid::Variable& variable, double number);

}  // namespace flatgrid::commands
