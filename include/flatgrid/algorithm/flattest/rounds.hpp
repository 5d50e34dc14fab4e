// SPDX-License-Identifier: MIT
/// Parts of the rounds of a column generation: the test whether the gap still falls, the weight of the
/// proximal term, and the selection of the largest values.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::flattest {

/// Whether the gap cost / bound - 1 still falls; plain data.
struct Progress {
  double marked_gap = 0;          ///< the gap when it last fell by 20 %; 0 if there was none
  std::int64_t still_rounds = 0;  ///< rounds since then; 0 as long as there is no fit

  /// Call after each round; a cost of 0 means that there is no fit yet.
  void note(double cost, double bound);
};

template <class Archive>
void serialize(Archive& archive, Progress& progress) {
  auto& [marked_gap, still_rounds] = progress;
  archive(marked_gap, still_rounds);
}

/// The weight of the proximal term of the master (master.hpp); plain data.
struct Proximity {
  double weight = 0;             ///< rho
  std::int64_t null_rounds = 0;  ///< rounds without a better bound

  /// Call after a round with a better bound. If kappa(l) < 1.15, multiplies rho by 0.1 where kappa(l) - 1 is
  /// below 0.1 `unfitted`, else by 0.3. `unfitted` = |l.(y - Phi b)| / l.y, what the master's fit b leaves.
  void loosen(double kappa, double unfitted);
  /// Call after a round without a better bound; multiplies rho by 3 after every third such round since the
  /// last better bound. With a small rho the multipliers move too far to give a useful bound.
  void note_null_round();
};

template <class Archive>
void serialize(Archive& archive, Proximity& proximity) {
  auto& [weight, null_rounds] = proximity;
  archive(weight, null_rounds);
}

/// The indices of the `count` largest values, in descending order; of equal values the first comes first.
std::vector<Index> largest(const VectorD& values, Index count);

}  // namespace flatgrid::flattest
