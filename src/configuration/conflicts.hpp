// SPDX-License-Identifier: MIT
/// Conflicts between values of a configuration.
#pragma once

#include <optional>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/configuration/configuration.hpp"

namespace flatgrid::configuration {

/// The first conflict: first between keys, then between the algorithms and the problem.
std::optional<algorithm::Conflict> find_conflict(const Configuration& configuration);

}  // namespace flatgrid::configuration
