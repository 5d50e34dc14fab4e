// SPDX-License-Identifier: MIT
/// The flattest interpolator of the task's width for activations of degree k > 1, and its bound.
///
///   1. penalty     descent on the train loss with a falling penalty (descent/penalty.hpp): a candidate
///   2. relaxation  the bound, and the measure over directions that would attain it
///                  (relaxation.hpp)
///   3. chains      from the measure's networks (apportionment.hpp) and from the penalty's: to the
///                  nearest minimum (fixed_width.hpp), then from minimum to minimum. At a minimum
///                  neurons stand at local maxima of R(w) = |l.sigma(X w)| / g(w), l its
///                  multipliers, with shares that grow with R: a hop takes one of the lightest
///                  neurons to one of the highest maxima, whether another neuron stands there, which
///                  it then shares with, or none. It counts if the minimum above which it lands is
///                  lower.
///   4. polish      of the least minimum to an interpolator (polish.hpp); the penalty's network
///                  stays if that is flatter
///
/// A step is a gradient of 1, a round of 2, an iteration of 3.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::flattest {

/// The least gap at which the relaxation stops: searches tell no better.
inline constexpr double k_relaxation_tolerance = 1e-5;

std::unique_ptr<algorithm::Run> start_curved(const algorithm::Task& task);
algorithm::Price curved_price(const algorithm::PointOutline& point);

}  // namespace flatgrid::flattest
