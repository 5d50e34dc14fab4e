// SPDX-License-Identifier: MIT
/// The nearest flattest interpolator of a fixed width, for activations of degree k > 1:
///   min T(a, W) = sum_j A_j + B_j   subject to   r(a, W) = P (f(X) - y) = 0,
///   A_j = mean sigma(z_j)^2,  B_j = a_j^2 mean sigma'(z_j)^2 ||x||^2,  z_j = w_j.X,
/// with P [r, n] the whitening of the features of all directions (relaxation.hpp): it keeps the
/// constraint well conditioned if the neurons' outputs are a million times the labels and cancel. At a
/// minimum every neuron has the least trace on its orbit, so T is the orbit minimum F.
///
/// Newton's method for the conditions grad T = J'l, r = 0, J [r, m (d+1)] the Jacobian of r. The
/// Hessian of T - l.r is block diagonal, with a block H_j [d+1, d+1] for each neuron. A step
///   min (1/2) delta.H delta + grad T.delta   subject to   J delta = -r
/// requires m blocks and one r x r system,
///   (J H^-1 J') l = J H^-1 grad T - r,   delta = H^-1 (J'l - grad T):
/// (2 n r + r^2) m (d+1) flops for its matrix, 10 m (d+1)^3 for the blocks. Eigenvalues of a block are
/// replaced by their absolute values, so that a step descends. The line search follows the arc that
/// satisfies the constraint to second order, delta t + delta_2 t^2, J delta_2 = -r(theta + delta), and
/// requires that
///   T + mu ||r||,  mu > ||l||,
/// decreases.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::flattest {

/// The state of the method; plain data.
struct FixedWidthState {
  network::Network<double> network;
  VectorD multipliers;    ///< l [r]
  double scale = 0;       ///< approximate upper bound of the size of l
  double damping = 1e-8;  ///< eigenvalues of a block are at least this times its largest
  double weight = 0;      ///< mu
  int iterations = 0;
  int slow = 0;  ///< consecutive iterations with little decrease of T + mu ||r||
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

  /// The initial state for a network that interpolates at least approximately, an estimate of l [r], and
  /// an approximate upper bound of the size of l.
  [[nodiscard]] FixedWidthState start(const network::Network<double>& network,
                                      const VectorD& multipliers, double scale) const;
  /// Takes one step of Newton's method. Sets state.finished when T has converged.
  void advance(FixedWidthState& state) const;

  /// T + weight ||r||
  [[nodiscard]] double merit(const network::Network<double>& network, double weight) const;

 private:
  /// f(X) - y
  [[nodiscard]] VectorD residual(const network::Network<double>& network) const;

  algorithm::Task task_;
  MatrixD whitening_;  ///< P [r, n]
};

/// The flops and the memory in bytes of a step.
double fixed_width_flops(Index samples, Index width, Index dimension);
double fixed_width_bytes(Index samples, Index width, Index dimension);

}  // namespace flatgrid::flattest
