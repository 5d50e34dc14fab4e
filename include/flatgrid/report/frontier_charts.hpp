// SPDX-License-Identifier: MIT
/// Charts of the largest population loss of all interpolators within a ratio of the least flatness.
#pragma once

#include <vector>

#include "flatgrid/report/chart.hpp"
#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"

namespace flatgrid::report {

/// For each level of noise of a grid with `worst`: its population loss and the upper bound against the ratio, with the
/// other algorithms as marks, at the largest number of samples; and against the samples, beside the null-space radius
/// times the squared least flatness, the flattest's population loss, and n^{-(d+1)/(d-1)}. With several ratios also the least one
/// at which an interpolator does not generalize (least_ratio.hpp) against the samples.
std::vector<Chart> frontier_charts(const Figures& figures, const Selection& selection);

}  // namespace flatgrid::report
