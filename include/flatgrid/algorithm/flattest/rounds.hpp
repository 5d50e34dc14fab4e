// SPDX-License-Identifier: MIT
/// What the two column generations (search.hpp, relaxation.hpp) have in common: their rounds end
/// where the gap no longer falls, their masters stay near the best multipliers so far, and their
/// pools keep what is nearest to its limit.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// Whether the gap cost / bound - 1 still falls; plain data.
struct Progress {
  double marked_gap = 0;          ///< the gap when it last fell to 0.8 of what it was, 0 for none
  std::int64_t still_rounds = 0;  ///< rounds since

  /// After a round; a cost of 0 says that there is no fit yet.
  void note(double cost, double bound);
};

template <class Archive>
void serialize(Archive& archive, Progress& progress) {
  auto& [marked_gap, still_rounds] = progress;
  archive(marked_gap, still_rounds);
}

/// How near the master's multipliers stay to the best so far (master.hpp); plain data.
struct Proximity {
  double weight = 0;             ///< rho
  std::int64_t null_rounds = 0;  ///< rounds without a better bound

  /// After a round with a better bound, from multipliers of this kappa that leave this share of the
  /// labels unfitted.
  void loosen(double kappa, double unfitted);
  /// After one without: threefold every few rounds. At a small rho multipliers wander too far off to
  /// bound anything.
  void note_null_round();
};

template <class Archive>
void serialize(Archive& archive, Proximity& proximity) {
  auto& [weight, null_rounds] = proximity;
  archive(weight, null_rounds);
}

/// The places of the `count` largest values, largest first, the first of equals first.
std::vector<Index> largest(const VectorD& values, Index count);

}  // namespace flatgrid::flattest
