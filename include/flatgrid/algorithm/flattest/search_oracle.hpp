// SPDX-License-Identifier: MIT
/// The oracle for dimensions with too many faces: searches for kappa(l), which it may underestimate.
///
/// R has many peaks, most of them on vertices or low-dimensional faces. Many climbs (climber.hpp) go to peaks, from given
/// directions and from random ones. A climb that reaches a ray that an earlier climb has reached ends there: it would
/// end at the same peak.
///
/// The climbs are shared among the threads of the process (threads.hpp), in waves: a climb knows the rays of the waves
/// before its own, so that the peaks do not depend on the number of threads.
#pragma once

#include <vector>

#include "flatgrid/algorithm/flattest/climber.hpp"
#include "flatgrid/algorithm/flattest/peak.hpp"
#include "flatgrid/measure/loss_form.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::flattest {

/// Searches for peaks of R, or with a smooth function c of |l.sigma(X w) - c(w)| / g(w); calls reuse its memory.
class SearchOracle {
 public:
  explicit SearchOracle(const Samples& samples, const measure::LossDerivative* smooth = nullptr);
  SearchOracle(const SearchOracle&) = delete;
  SearchOracle& operator=(const SearchOracle&) = delete;

  /// Climbs from the given directions and from the `random` best of many random directions. The peaks are
  /// in descending order, one for each plus side.
  Peaks peaks(const VectorD& multipliers, const MatrixD& starts, Index random,
              random::Stream stream);

  /// The peaks that steps inside their own cells lead to from the given directions, one a plus side.
  Peaks peaks_in_cells(const VectorD& multipliers, const MatrixD& starts);

  /// R [m] at directions [d, m] off all borders, by matrix products. 4 n d m flops.
  VectorD values(const VectorD& multipliers, const MatrixD& directions) const;

 private:
  const Samples& samples_;
  const measure::LossDerivative* smooth_;
  MatrixD squares_;  ///< [d (d + 1) / 2, n]: the lower triangle of x x' of every sample
  std::vector<Climber> climbers_;  ///< one for each thread
};

}  // namespace flatgrid::flattest
