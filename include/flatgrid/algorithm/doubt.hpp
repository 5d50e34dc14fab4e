// SPDX-License-Identifier: MIT
/// What can be said before a point is computed against its becoming an interpolator.
#pragma once

#include <optional>
#include <string>

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::algorithm {

/// Why a point might not interpolate, as far as that is known before it is computed: its algorithm's
/// own doubt, then what holds for every network. Empty if nothing speaks against it.
std::optional<std::string> find_doubt(const Algorithm& algorithm, const PointOutline& point);

/// Why the training of a point might be cut short: training.steps are too few to come down to
/// training.handover-loss. Empty for algorithms that are not trained, for training.polish = no, and
/// where the steps may suffice.
std::optional<std::string> find_shortage(const Algorithm& algorithm, const PointOutline& point);

}  // namespace flatgrid::algorithm
