// SPDX-License-Identifier: MIT
/// The pipeline that turns a grid point into its figures: data -> run -> polish -> measures.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "flatgrid/grid/point_state.hpp"
#include "flatgrid/grid/record.hpp"
#include "flatgrid/grid/study.hpp"

namespace flatgrid::grid {

/// Why a point is cut short.
inline constexpr std::string_view k_cut_short =
    "training.steps ran out above training.handover-loss";

/// Called every few milliseconds while a point is computed. Returns false to ask the pipeline to
/// stop.
using GoOn = std::function<bool(const PointUnderWay& point)>;

/// Computes one grid point, from the start or from a state of an earlier call for the same
/// configuration and point. The result depends on the configuration and the point alone (its
/// `seconds` aside, which are those of all calls). Errors and divergence end up in the record's
/// status, never as an exception. Empty if `go_on` returned false.
std::optional<PointResult> compute_point(const Study& study, const configuration::GridPoint& point,
                                         const GoOn& go_on,
                                         std::optional<PointState> kept = std::nullopt);

}  // namespace flatgrid::grid
