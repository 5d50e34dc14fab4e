// SPDX-License-Identifier: MIT
/// The pipeline that turns a grid point into its figures: data -> algorithm -> polish -> measures.
#pragma once

#include <functional>
#include <optional>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/grid/point_state.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid {

/// Called every few milliseconds while a point is computed, with its present state, which may be
/// kept to go on from. Returns false to ask the pipeline to stop.
using GoOn = std::function<bool(const PointState& state)>;

/// Computes one grid point, from the start or from a state of an earlier call for the same
/// configuration and point. The result depends on the configuration and the point alone (its
/// `seconds` aside, which are those of all calls). Errors and divergence end up in the record's
/// status, never as an exception. Empty if `go_on` returned false.
std::optional<PointResult> compute_point(const Configuration& configuration, const GridPoint& point,
                                         const GoOn& go_on,
                                         std::optional<PointState> kept = std::nullopt);

}  // namespace flatgrid
