// SPDX-License-Identifier: MIT
/// The flattest interpolator of the task's width for activations of degree k > 1, and its bound.
///
///   1. penalty     gradient descent with a falling penalty (descent/penalty.hpp) computes a candidate
///   2. relaxation  computes the bound, and the measure over directions that would attain it
///                  (relaxation.hpp)
///   3. chains      start from the networks of the measure (apportionment.hpp) and from the penalty's
///                  network, go to the nearest minimum (fixed_width.hpp), then from minimum to minimum.
///                  At a minimum the neurons are at local maxima of R(w) = |l.sigma(X w)| / g(w), l its
///                  multipliers, with shares that increase with R. A hop moves one of the neurons of
///                  smallest share to one of the highest maxima; if a neuron is there already, the two
///                  share its direction. The hop is accepted if the new nearest minimum is lower.
///   4. polish      turns the lowest minimum into an interpolator (polish.hpp); the penalty's network is
///                  the result if it is flatter
///
/// A step is a gradient of 1, a round of 2 or an iteration of 3.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::flattest {

/// The relaxation stops at this gap, because its search is not more accurate.
inline constexpr double k_relaxation_tolerance = 1e-5;

std::unique_ptr<algorithm::Run> start_curved(const algorithm::Task& task);
algorithm::Price curved_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::flattest
