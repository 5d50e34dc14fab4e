// SPDX-License-Identifier: MIT
/// The predicted prices of the searches of this folder, for N samples in dimension d.
#pragma once

#include <cstdint>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// The typical number of rounds of a search, at most `most`, in units of an early round: later rounds have
/// a larger pool and rechecks and count as several.
double flattest_rounds(Index samples, Index dimension, std::int64_t most);

/// The flops of a search of `rounds` rounds with `climbs` climbs each, within a factor of about 3.
double flattest_flops(Index samples, Index dimension, double rounds, Index climbs);

/// The largest memory of a search in bytes.
double flattest_bytes(Index samples, Index dimension);

/// The same for a relaxation of degree k > 1 (relaxation.hpp).
double relaxation_rounds(std::int64_t most);
double relaxation_flops(Index samples, Index dimension, double rounds, Index climbs);
double relaxation_bytes(Index samples, Index dimension, Index climbs);

/// What a search within a flatness takes (budget_search.hpp).
struct BudgetSearchPrice {
  double rounds;  ///< as many as are usual
  double flops;
  double bytes;
};
BudgetSearchPrice budget_search_price(Index samples, Index dimension);

/// What an upper bound on the loss within a flatness takes (loss_bound.hpp).
struct LossBoundPrice {
  double flops;
  double bytes;
};
LossBoundPrice loss_bound_price(Index samples, Index dimension);

}  // namespace flatgrid::flattest
