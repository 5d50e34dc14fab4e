// SPDX-License-Identifier: MIT
/// The neurons of a network with biases, in coordinates in which the inputs are isotropic.
#pragma once

#include <vector>

#include "flatgrid/measure/shifted_moments.hpp"
#include "isotropic.hpp"

namespace flatgrid::measure {

/// Neurons z_j = w_j.x + b_j on Gaussian inputs.
template <class Real>
struct BiasedNeurons {
  Whitened<Real> directions;  ///< of the w_j; 0 for w_j = 0
  std::vector<Preactivation<Real>> preactivations;

  /// `inner` [m, d + 1] with the biases in its last column, `variances` [d].
  BiasedNeurons(const MatrixD& inner, const VectorD& variances)
      : directions(inner.leftCols(variances.size()), variances) {
    for (Index j = 0; j < inner.rows(); ++j) {
      if (directions.length(j) == 0) directions.unit.row(j).setZero();
      preactivations.emplace_back(directions.length(j), Real(inner(j, variances.size())));
    }
  }
  [[nodiscard]] const Preactivation<Real>& operator()(Index j) const {
    return preactivations[static_cast<std::size_t>(j)];
  }
  [[nodiscard]] Correlation<Real> correlation(Index j, const Whitened<Real>& other, Index q) const {
    return Correlation<Real>::of(directions.unit.row(j), other.unit.row(q));
  }
  [[nodiscard]] Correlation<Real> correlation(Index j, Index q) const {
    return j == q ? Correlation<Real>::full() : correlation(j, directions, q);
  }
};

}  // namespace flatgrid::measure
