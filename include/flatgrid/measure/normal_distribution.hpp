// SPDX-License-Identifier: MIT
/// Functions of the standard normal distribution from Boost.Math, whose headers take long to compile.
#pragma once

#include <cmath>

#include "flatgrid/base/extended_precision.hpp"
#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::measure {

/// P(x), the upper tail of N(0, 1).
inline double upper_tail(double x) { return std::erfc(x / std::sqrt(2.0)) / 2; }
Extended upper_tail(const Extended& x);

/// Owen's T(h, a) for h >= 0 and 0 <= a <= 1.
double owens_t_below_1(double h, double a);

/// E||g|| = sqrt(2) Gamma((d+1)/2) / Gamma(d/2) for standard normal g in R^d.
double mean_norm(Index dimension);

}  // namespace flatgrid::measure
