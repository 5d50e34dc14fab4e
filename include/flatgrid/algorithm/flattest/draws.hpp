// SPDX-License-Identifier: MIT
/// The streams of Purpose::flattest_starts. They are part of every result: never renumber one.
#pragma once

#include <cstdint>

namespace flatgrid::flattest {

/// What a stream is for. A `closer` look follows a first one at the same multipliers.
enum class Draw : std::uint64_t {
  first_pool = 0,  ///< the directions that a search begins with
  master = 1,
  closer_master = 2,
  simplex = 3,
  closer_simplex = 4,
  mean = 5,
  closer_mean = 6,
  retreat = 7,
  closer_retreat = 8,
  recheck = 9,  ///< and 10, 11, 12: of candidates 0 to 3
  labels = 13,  ///< the peaks of l = y (degree k)
  hop = 14,     ///< the maxima that a neuron may hop to; the step is the chain's
  verification = ~std::uint64_t{0},  ///< the search for kappa of stored multipliers
};

/// The index of a stream at a step of its search.
inline std::uint64_t stream_of(Draw draw, std::uint64_t step = 0) {
  return 16 * step + static_cast<std::uint64_t>(draw);
}

}  // namespace flatgrid::flattest
