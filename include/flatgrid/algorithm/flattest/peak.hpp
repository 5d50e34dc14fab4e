// SPDX-License-Identifier: MIT
/// Peaks of the dual ratio R(w) = |l.sigma(X w)| / g(w): directions where the multipliers l ask for
/// more than a neuron costs. kappa(l) = max R; l / kappa(l) is feasible for the dual, whence the
/// bound l.y / kappa(l).
#pragma once

#include <vector>

#include "flatgrid/algorithm/flattest/gauge.hpp"

namespace flatgrid::flattest {

/// A direction and the value of R there.
struct Peak {
  double value;
  VectorD direction;  ///< [d], of unit length
  Side side;          ///< [n], its plus side
};

/// What an oracle answers to multipliers l.
struct Peaks {
  double greatest = 0;      ///< kappa(l), or the greatest that was found
  std::vector<Peak> found;  ///< greatest first, at most one a plus side
};

}  // namespace flatgrid::flattest
