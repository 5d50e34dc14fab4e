// SPDX-License-Identifier: MIT
/// The flattest interpolator for sigma(z) = z, and the one of least path norm, in closed form.
///
/// The networks are the functions w.x. With c = (2/N) sqrt(sum ||x_i||^2) every interpolator has
///   F = c sum_j |b_j| ||X w_j|| >= c ||sum_j b_j X w_j|| = c ||y||,
/// which one neuron w = X^+ y attains. It also has the least path norm, ||X^+ y|| <= ||sum_j b_j w_j||.
#pragma once

#include "flatgrid/algorithm/flattest/search.hpp"

namespace flatgrid::flattest {

/// The result for a problem of slope 1. If the labels are not linear in the inputs, the result has a
/// message and no network.
FlattestResult flattest_linear(const FlattestProblem& problem);

}  // namespace flatgrid::flattest
