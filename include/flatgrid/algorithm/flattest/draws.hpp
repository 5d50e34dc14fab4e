// SPDX-License-Identifier: MIT
/// The random streams of Purpose::flattest_starts. They are part of every result: never renumber one.
#pragma once

#include <cstdint>

namespace flatgrid::flattest {

/// What a stream is used for. A `closer_` stream is for a second, longer search with the same multipliers.
enum class Draw : std::uint64_t {
  first_pool = 0,  ///< the first directions of a search; for degree 1 also the peaks for l = y
  master = 1,
  closer_master = 2,
  simplex = 3,
  closer_simplex = 4,
  mean = 5,
  closer_mean = 6,
  retreat = 7,
  closer_retreat = 8,
  recheck = 9,  ///< and 10, 11, 12: for candidates 0 to 3
  labels = 13,  ///< the peaks for l = y (degree k)
  hop = 14,     ///< the maxima to which a neuron may hop; step: number of the chain (curved.cpp)
  verification = ~std::uint64_t{0},  ///< the search for kappa of stored multipliers
};

/// The index of a stream at a step of its search.
inline std::uint64_t stream_of(Draw draw, std::uint64_t step = 0) {
  return 16 * step + static_cast<std::uint64_t>(draw);
}

}  // namespace flatgrid::flattest
