// SPDX-License-Identifier: MIT
/// Points of a grid and their figures, as the commands write them.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "flatgrid/grid/record.hpp"

namespace flatgrid::commands {

/// Objects keep the order they are written in.
using Json = nlohmann::ordered_json;

/// The values of a point along the axes, by their names.
Json json_of_point(const configuration::Axes& axes, const configuration::GridPoint& point);

/// The name of value number `number` of a figure that is one of a few.
std::string_view meaning(const grid::Variable& variable, double number);

}  // namespace flatgrid::commands
