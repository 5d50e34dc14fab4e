// SPDX-License-Identifier: MIT
/// The pool: the directions that the master chooses from, with their plus sides.
#pragma once

#include <vector>

#include "flatgrid/algorithm/flattest/gauge.hpp"
#include "flatgrid/algorithm/flattest/peak.hpp"

namespace flatgrid::flattest {

/// Directions of unit length and their plus sides.
struct Pool {
  MatrixD directions;  ///< [d, m]
  Sides sides;         ///< [n, m]; [0, m] where features do not depend on sides (degree k)

  [[nodiscard]] Index size() const { return directions.cols(); }
};

template <class Archive>
void serialize(Archive& archive, Pool& pool) {
  auto& [directions, sides] = pool;
  archive(directions, sides);
}

/// phi_j = sigma(X w_j) / g(w_j) of every direction, [n, m]. 2 n d m flops.
MatrixD features_of(const Samples& samples, const Pool& pool);

/// Appends peaks.
void append(Pool& pool, const std::vector<Peak>& peaks);

/// The columns `kept` of a pool, in this order.
Pool selected(const Pool& pool, const std::vector<Index>& kept);

/// Neurons, each joined from one or more directions of a pool.
struct JoinedNeurons : Pool {
  std::vector<Index> members;  ///< [m], from how many
};

/// Joins the neurons b_j w_j of equal plus side and sign into one each: sigma is linear on what
/// they share, so the function stays, and g is a norm there, so the cost does not rise. Neurons
/// below `negligible` are left out. `coefficients` [m] become those of the neurons returned.
JoinedNeurons join_neurons(const Samples& samples, const Pool& pool, VectorD& coefficients,
                           double negligible);

}  // namespace flatgrid::flattest
