// SPDX-License-Identifier: MIT
/// Medians of a variable over two axes of the grid, as colours.
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

/// Of "VARIABLE,AXIS,AXIS". Throws Error for what is none, or names no variable or axis.
HeatMapRequest heat_map_request(const Figures& figures, const std::string& text);

/// A map of the points that interpolate for every algorithm; one of all of them where an axis is
/// `algorithm`. `id` begins their names. Maps without a value are left out.
std::vector<HeatMap> heat_maps(const Figures& figures, const Selection& selection,
                               const HeatMapRequest& request, const std::string& id);

}  // namespace flatgrid::report
