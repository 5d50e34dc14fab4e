// SPDX-License-Identifier: MIT
/// Heat maps: medians of a variable over two axes of the grid.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"

namespace flatgrid::report {

struct HeatMapRequest {
  std::string variable;
  std::string x, y;  ///< axes
};

/// Parses "VARIABLE,AXIS,AXIS". Throws Error if the text has another form or an unknown variable or axis.
HeatMapRequest heat_map_request(const Figures& figures, const std::string& text);

/// A map for every algorithm, of its points that interpolate; if an axis is `algorithm`, one map for all.
/// The ids of the maps start with `id`. Maps without a value are omitted.
std::vector<HeatMap> heat_maps(const Figures& figures, const Selection& selection,
                               const HeatMapRequest& request, const std::string& id);

}  // namespace flatgrid::report
