// SPDX-License-Identifier: MIT
/// Reasons, known before a point is computed, why it may not interpolate.
#pragma once

#include <optional>
#include <string>

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::algorithm {

/// Why a point may not interpolate: the doubt of its algorithm, else a reason that holds for every
/// network. Empty if no reason is known.
std::optional<std::string> find_doubt(const Algorithm& algorithm, const PointOutline& point);

/// Why the training of a point may be cut short: training.steps are too few to reach
/// training.handover-loss. Empty for algorithms without training, for training.polish = no, and if the
/// steps may suffice.
std::optional<std::string> find_shortage(const Algorithm& algorithm, const PointOutline& point);

}  // namespace flatgrid::algorithm
