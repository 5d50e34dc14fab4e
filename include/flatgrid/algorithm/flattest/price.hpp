// SPDX-License-Identifier: MIT
/// What a search for the flattest interpolator takes, for planning: of N samples in dimension d.
#pragma once

#include <cstdint>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// How many rounds a search takes as a rule before it ends by itself, `most` at most; later ones, of
/// a larger pool and with rechecks, count as several of the first.
double flattest_rounds(Index samples, Index dimension, std::int64_t most);

/// Flops of a search of so many rounds at `climbs` climbs each. Within a factor of about 3.
double flattest_flops(Index samples, Index dimension, double rounds, Index climbs);

/// Bytes that a search takes, at most.
double flattest_bytes(Index samples, Index dimension);

/// What a search within a flatness takes (budget_search.hpp).
struct BudgetSearchPrice {
  double rounds;  ///< as many as are usual
  double flops;
  double bytes;
};
BudgetSearchPrice budget_search_price(Index samples, Index dimension);

}  // namespace flatgrid::flattest
