// SPDX-License-Identifier: MIT
/// Charts of stored networks: directions of their neurons, and index spectra.
#pragma once

#include <optional>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"

namespace flatgrid::report {

/// The first point in both selections that interpolates.
std::optional<configuration::GridPoint> first_point(const Figures& figures,
                                                    const Selection& selection,
                                                    const Selection& among);

/// Charts of a point: its neurons against the index subspace, marked by the number of samples with
/// w.x_i = 0; their directions in the plane of the first two index directions; and the index spectra of all
/// algorithms on the same instance. For inputs of dimension 1 also the functions of all algorithms. Empty without
/// networks or data; without index directions only the functions.
std::vector<Chart> network_charts(const Figures& figures, const Selection& selection,
                                  const configuration::GridPoint& point);

}  // namespace flatgrid::report
