// SPDX-License-Identifier: MIT
/// The nearest flattest interpolator of a fixed width, for activations of degree k > 1:
///   min T(a, W) = sum_j A_j + B_j   subject to   r(a, W) = P (f(X) - y) = 0,
///   A_j = mean sigma(z_j)^2,  B_j = a_j^2 mean sigma'(z_j)^2 ||x||^2,  z_j = w_j.X,
/// with P [r, n] the whitening of the features of all directions (relaxation.hpp): where labels ask
/// for a million times their size in neurons that cancel, f(X) alone does not tell them apart. At a
/// minimum every neuron is at the least trace of its orbit, so that T is the orbit minimum F.
///
/// Newton's method for the conditions grad T = J'l, r = 0, J [r, m (d+1)] the Jacobian of r. The
/// Hessian of T - l.r is block diagonal over the neurons, a block H_j [d+1, d+1] each, so that a
/// step
///   min (1/2) delta.H delta + grad T.delta   subject to   J delta = -r
/// costs m blocks and one r x r system,
///   (J H^-1 J') l = J H^-1 grad T - r,   delta = H^-1 (J'l - grad T):
/// (2 n r + r^2) m (d+1) flops for its matrix, 10 m (d+1)^3 for the blocks. Eigenvalues of a block
/// count by their size, so that a step descends. Steps go along the arc that keeps to the
/// constraint to second order, delta t + delta_2 t^2, J delta_2 = -r(theta + delta), as long as
///   T + mu ||r||,  mu > ||l||,
/// falls.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::flattest {

/// Where it stands; plain data.
struct FixedWidthState {
  network::Network<double> network;
  VectorD multipliers;    ///< l [r]
  double scale = 0;       ///< of l
  double damping = 1e-8;  ///< eigenvalues of a block are at least this times its largest
  double weight = 0;      ///< mu
  int iterations = 0;
  int slow = 0;  ///< iterations in a row that hardly lowered T + mu ||r||
  bool finished = false;
};

template <class Archive>
void serialize(Archive& archive, FixedWidthState& state) {
  auto& [network, multipliers, scale, damping, weight, iterations, slow, finished] = state;
  archive(network, multipliers, scale, damping, weight, iterations, slow, finished);
}

class FixedWidth {
 public:
  FixedWidth(const algorithm::Task& task, MatrixD whitening);

  /// From a network that interpolates, or nearly, an idea of l [r], and how large l is at most,
  /// about.
  [[nodiscard]] FixedWidthState start(const network::Network<double>& network,
                                      const VectorD& multipliers, double scale) const;
  /// One step of Newton's method; state.finished once T has settled.
  void advance(FixedWidthState& state) const;

  /// T + weight ||r||
  [[nodiscard]] double merit(const network::Network<double>& network, double weight) const;

 private:
  /// f(X) - y
  [[nodiscard]] VectorD residual(const network::Network<double>& network) const;

  algorithm::Task task_;
  MatrixD whitening_;  ///< P [r, n]
};

/// Flops of a step, and bytes that it takes.
double fixed_width_flops(Index samples, Index width, Index dimension);
double fixed_width_bytes(Index samples, Index width, Index dimension);

}  // namespace flatgrid::flattest
