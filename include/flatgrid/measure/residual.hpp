// SPDX-License-Identifier: MIT
/// How well a network fits its labels.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::measure {

/// The mean squared residual relative to mean(y^2): ||r||^2 / ||y||^2, a pure number, of the sum of
/// squared residuals ||r||^2 and the labels y [n]. A residual of 0 is 0 relative to any labels, and
/// any other is infinite relative to labels that are all zero.
double relative_residual(double squares, const VectorD& labels);

}  // namespace flatgrid::measure
