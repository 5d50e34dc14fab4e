// SPDX-License-Identifier: MIT
/// Values of a configuration that do not go together.
#pragma once

#include <optional>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/configuration/configuration.hpp"

namespace flatgrid::configuration {

/// The first conflict: of the keys with one another, then of the algorithms with the problem.
std::optional<algorithm::Conflict> find_conflict(const Configuration& configuration);

}  // namespace flatgrid::configuration
