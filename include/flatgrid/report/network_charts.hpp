// SPDX-License-Identifier: MIT
/// Charts of stored networks: where their neurons look, and which directions they use.
#pragma once

#include <optional>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"

namespace flatgrid::report {

/// The first point that interpolates among those of two selections.
std::optional<configuration::GridPoint> first_point(const Figures& figures,
                                                    const Selection& selection,
                                                    const Selection& among);

/// The neurons of a point against the index subspace, with the face of the samples' arrangement that
/// they are on; their directions in the plane of the first two index directions; and, of every
/// algorithm on the same instance, the index spectrum. None without networks, data or index
/// directions.
std::vector<Chart> network_charts(const Figures& figures, const Selection& selection,
                                  const configuration::GridPoint& point);

}  // namespace flatgrid::report
