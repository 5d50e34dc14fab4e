// SPDX-License-Identifier: MIT
/// Peaks of the dual ratio R(w) = |l.sigma(X w)| / g(w): directions in which the multipliers l violate the
/// dual constraint R(w) <= 1. kappa(l) = max R; l / kappa(l) is feasible for the dual, which gives the
/// bound l.y / kappa(l).
#pragma once

#include <vector>

#include "flatgrid/algorithm/flattest/gauge.hpp"

namespace flatgrid::flattest {

/// A direction and the value of R in it.
struct Peak {
  double value;
  VectorD direction;  ///< [d], of unit length
  Side side;          ///< [n], its plus side
};

/// The answer of an oracle for multipliers l.
struct Peaks {
  double greatest = 0;      ///< kappa(l), or the greatest value found
  std::vector<Peak> found;  ///< in descending order, at most one for each plus side
};

}  // namespace flatgrid::flattest
