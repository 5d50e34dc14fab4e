// SPDX-License-Identifier: MIT
/// The two-layer homogeneous network f(x; a, W) = sum_j a_j sigma(w_j . x). With biases x stands for (x, 1), and
/// the last column of W has the biases: homogeneity, the rescaling symmetry and all formulas of flatness remain.
#pragma once

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::network {

/// Parameters of a two-layer network of width m on inputs of dimension d. Gradients and the state of an
/// optimizer have the same type.
template <class Scalar>
struct Network {
  Matrix<Scalar> inner;  ///< W, [m, d]: row j is the inner weight w_j
  Vector<Scalar> outer;  ///< a, [m]

  [[nodiscard]] Index width() const { return outer.size(); }
  [[nodiscard]] Index dimension() const { return inner.cols(); }

  static Network zero(Index width, Index dimension) {
    return {Matrix<Scalar>::Zero(width, dimension), Vector<Scalar>::Zero(width)};
  }
};

/// For base/serialization.hpp.
template <class Archive, class Scalar>
void serialize(Archive& archive, Network<Scalar>& network) {
  auto& [inner, outer] = network;
  archive(inner, outer);
}

}  // namespace flatgrid::network
