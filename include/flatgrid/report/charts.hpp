// SPDX-License-Identifier: MIT
/// The charts of a report.
#pragma once

#include <optional>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/heat_maps.hpp"

namespace flatgrid::report {

/// What a reader may choose to see.
struct ChartsRequest {
  /// Whose neurons are drawn, and whose instance's course of training; the first flattest's if empty.
  std::optional<configuration::GridPoint> point = {};
  std::vector<HeatMapRequest> maps = {};  ///< beside those over the two longest axes
};

/// Those that the selected points of a results file have the figures for: flatness (orbit minimum,
/// and trace) against population loss; both, and how well the index subspace is found, against each
/// axis; the flattest's population loss with fitted power laws; heat maps over two axes; of one
/// instance the course of training, neurons and index spectra; and what random rescaling does.
Charts charts_of(const Figures& figures, const Selection& selection,
                 const ChartsRequest& request = {});

}  // namespace flatgrid::report
