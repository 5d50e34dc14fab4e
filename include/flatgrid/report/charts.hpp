// SPDX-License-Identifier: MIT
/// The charts of a report.
#pragma once

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"

namespace flatgrid {

/// Those that the selected points of a results file have the figures for: flatness (orbit minimum,
/// and trace) against population loss; both against each axis; the flattest's population loss with
/// fitted power laws; heat maps over two axes; and, of the first selected instance, the course of
/// training, the neurons of the flattest, and what random rescaling does.
Charts charts_of(const Figures& figures, const Selection& selection);

}  // namespace flatgrid
