// SPDX-License-Identifier: MIT
/// The flattest interpolator of sigma(z) = z and that of least path norm, in closed form.
///
/// The networks are the functions w.x. With c = (2/N) sqrt(sum ||x_i||^2) every one that interpolates has
///   F = c sum_j |b_j| ||X w_j|| >= c ||sum_j b_j X w_j|| = c ||y||,
/// which one neuron w = X^+ y attains. Its path norm is ||X^+ y|| <= ||sum_j b_j w_j||, the least as well.
#pragma once

#include "flatgrid/algorithm/flattest/search.hpp"

namespace flatgrid::flattest {

/// The result for a problem of slope 1; labels that are not linear in the inputs leave a message.
FlattestResult flattest_linear(const FlattestProblem& problem);

}  // namespace flatgrid::flattest
