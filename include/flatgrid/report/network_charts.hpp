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

/// The errors f - f* of all `worst` and of the flattest on the instance of a point, on a great circle of unit vectors. It
/// contains the place of the largest error of the worst of the largest ratio, and the sample on the line nearest to
/// this place; in two dimensions all unit vectors and samples. Empty without networks or data, if no worst is shown
/// there, in one dimension, and for the inputs of a file.
std::optional<Chart> worst_function_chart(const Figures& figures, const Selection& selection,
                                          configuration::GridPoint point);

}  // namespace flatgrid::report
