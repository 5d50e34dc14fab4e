// SPDX-License-Identifier: MIT
/// How well a network fits its labels.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::measure {

/// The mean squared residual relative to mean(y^2): ||r||^2 / ||y||^2, dimensionless. `squares` is
/// ||r||^2, `labels` is y [n]. 0 if the residual is 0, also for labels that are all zero; infinite if
/// only the labels are all zero.
double relative_residual(double squares, const VectorD& labels);

}  // namespace flatgrid::measure
