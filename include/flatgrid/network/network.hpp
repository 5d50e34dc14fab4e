// SPDX-License-Identifier: MIT
/// The two-layer homogeneous network f(x; a, W) = sum_j a_j sigma(w_j . x). With biases x stands for (x, 1), and
/// the last column of W has the biases: homogeneity, the rescaling symmetry and all formulas of flatness remain.
///
/// With linear layers V_1, ..., V_p before it, f(x) = sum_j a_j sigma(w_j . V_p ... V_1 x): a network of p + 2
/// layers.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid::network {

/// Parameters of a network of width m on inputs of dimension d. Gradients and the state of an optimizer have the
/// same type.
template <class Scalar>
struct Network {
  Matrix<Scalar> inner;  ///< W, [m, d]: row j is the inner weight w_j; with linear layers [m, h_p]
  Vector<Scalar> outer;  ///< a, [m]
  std::vector<Matrix<Scalar>> linear = {};  ///< V_l, [h_l, h_{l-1}], h_0 = d; empty for two layers

  [[nodiscard]] Index width() const { return outer.size(); }
  [[nodiscard]] Index dimension() const {
    return linear.empty() ? inner.cols() : linear.front().cols();
  }

  /// `hidden`: the widths h_1, ..., h_p of the linear layers.
  static Network zero(Index width, Index dimension, std::span<const Index> hidden = {}) {
    Network network;
    Index columns = dimension;
    for (const Index rows : hidden) {
      network.linear.push_back(Matrix<Scalar>::Zero(rows, columns));
      columns = rows;
    }
    network.inner = Matrix<Scalar>::Zero(width, columns);
    network.outer = Vector<Scalar>::Zero(width);
    return network;
  }
};

/// Calls `visit` for the inner weights of all given networks, which have the same shape, then for their outer
/// weights, then for each of their linear layers.
template <class Visit, class First, class... Others>
void for_each_layer(const Visit& visit, First& first, Others&... others) {
  visit(first.inner, others.inner...);
  visit(first.outer, others.outer...);
  for (std::size_t l = 0; l < first.linear.size(); ++l) visit(first.linear[l], others.linear[l]...);
}

/// The Euclidean norm of all parameters.
template <class Scalar>
Scalar norm(const Network<Scalar>& network) {
  Scalar norm = std::hypot(network.inner.norm(), network.outer.norm());
  for (const Matrix<Scalar>& layer : network.linear) norm = std::hypot(norm, layer.norm());
  return norm;
}

/// For base/serialization.hpp.
template <class Archive, class Scalar>
void serialize(Archive& archive, Network<Scalar>& network) {
  auto& [inner, outer, linear] = network;
  archive(inner, outer, linear);
}

}  // namespace flatgrid::network
