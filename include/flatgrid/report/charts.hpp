// SPDX-License-Identifier: MIT
/// The charts of a report.
#pragma once

#include <optional>
#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/heat_maps.hpp"

namespace flatgrid::report {

/// The user's choice of charts.
struct ChartsRequest {
  /// The point whose neurons are drawn; the training history is that of its instance. Empty: the first
  /// flattest point.
  std::optional<configuration::GridPoint> point = {};
  std::vector<HeatMapRequest> maps = {};  ///< in addition to the maps over the two longest axes
};

/// All charts for which the selected points have the figures: flatness (orbit minimum and trace) against
/// population loss; both, and the recovery of the index subspace, against each axis; the population loss of
/// the flattest with fitted power laws; heat maps over two axes; training history, neurons and index spectra
/// of one instance; and the effect of random rescaling.
Charts charts_of(const Figures& figures, const Selection& selection,
                 const ChartsRequest& request = {});

}  // namespace flatgrid::report
