// SPDX-License-Identifier: MIT
/// The samples on which alone a neuron can be active.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::measure {

/// The largest number of samples that are examined, so that the time stays linear in n.
inline constexpr Index k_most_examined = 1000;

/// The share of the samples x_i that are extreme: some w has w.x_i > 0 and w.x_j <= 0 for all j != i, that is x_i
/// is outside the cone of the others. For inputs (x_i, 1) [d + 1, n] these are the extreme points of the convex
/// hull of the x_i. Such a neuron alone can fit y_i at the orbit minimum (2/n) |y_i| ||x_i||.
///
/// Nonnegative least squares (Lawson and Hanson 1974, chapter 23) of x_i on the other samples: its residual is w.
/// A residual below 1e-9 ||x_i|| counts as 0. Examines the first `most` samples; for each about d steps of 2 n d
/// flops.
double extreme_share(const MatrixD& inputs, Index most = k_most_examined);

}  // namespace flatgrid::measure
