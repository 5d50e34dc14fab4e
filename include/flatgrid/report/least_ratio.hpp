// SPDX-License-Identifier: MIT
/// How near to the least flatness an interpolator of a given population loss can be: the largest loss W(rho) of all
/// interpolators within a ratio rho of the least flatness, read the other way.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/report/figures.hpp"
#include "flatgrid/report/selection.hpp"
#include "flatgrid/report/statistics.hpp"

namespace flatgrid::report {

/// What is known of W(rho) / E f*^2 on a data set at one ratio rho.
struct FrontierPoint {
  double ratio = 0;                    ///< rho
  double found = 0;                    ///< the largest loss found, which is at most W
  double bound = grid::Record::k_nan;  ///< an upper bound on W; NaN if there is none
  bool is_certified = false;           ///< whether the bound is certified, else it is estimated
};

/// The shown points of `worst` on an instance, one for each of its entries there.
std::vector<FrontierPoint> frontier_points(const Figures& figures, const Selection& selection,
                                           std::int64_t instance);

/// The least ratio min {rho : W(rho) >= loss} at which some interpolator has at least a given loss > 0, relative to E
/// f*^2. W does not decrease with rho, so it lies between
///   low     the largest ratio whose bound is below the loss; 1 if there is none, which holds for every interpolator;
///   high    the least ratio at which such a loss is found; infinity if there is none, "above the largest ratio".
/// `value` is `high`, or, if the losses found at smaller ratios are below the loss, interpolated between the two ratios
/// around it, log rho linear in the log of the largest loss found up to rho. It is at or below the least of the ratios if
/// it equals that. NaN for no points.
Statistic least_ratio(std::vector<FrontierPoint> points, double loss);

}  // namespace flatgrid::report
