// SPDX-License-Identifier: MIT
/// What a search for the flattest interpolator takes, for planning: of N samples in dimension d.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

/// Flops of a search of `rounds` rounds at `climbs` climbs each: the usual number of rounds, so
/// that a search that stops early costs less. Within a factor of about 3.
double flattest_flops(Index samples, Index dimension, std::int64_t rounds, Index climbs);

/// Bytes that a search takes, at most.
double flattest_bytes(Index samples, Index dimension);

}  // namespace flatgrid
