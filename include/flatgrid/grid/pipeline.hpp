/// The pipeline that turns a grid point into its figures: data -> method -> polish -> measures.
#pragma once

#include <functional>
#include <optional>

#include "flatgrid/grid/configuration.hpp"
#include "flatgrid/grid/record.hpp"

namespace flatgrid {

/// Called every few milliseconds while a point is computed, with the fraction of the point's
/// predicted work that is behind it, in [0, 1]. Returns false to ask the pipeline to stop.
using GoOn = std::function<bool(double fraction)>;

/// Computes one grid point. The result depends on the configuration and the point alone. Errors and
/// divergence end up in the record's status, never as an exception. Empty if `go_on` returned
/// false.
std::optional<PointResult> compute_point(const Configuration& configuration, const GridPoint& point,
                                         const GoOn& go_on);

}  // namespace flatgrid
