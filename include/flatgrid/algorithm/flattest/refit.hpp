// SPDX-License-Identifier: MIT
/// Converts an optimal measure to a network of doubles with the same flatness.
///
/// A neuron of least gauge lies on the border of samples Z, which count as not on its plus side. In
/// doubles w.x_i is +-1e-17 there, and about half of Z would count as on the plus side: F would be up to
/// several per cent higher. So w is moved as little as possible until w.x_i < 0 on Z by twice the rounding
/// error of that sum, in the white coordinates of the reduction, where nearly dependent samples are far
/// apart. Then a is fitted again to the resulting features, with preactivations in twice the precision, in
/// the norm that changes F least.
#pragma once

#include "flatgrid/algorithm/flattest/pool.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::flattest {

/// The largest ||f(X) - y||^2 / ||y||^2 of a refitted network that interpolates.
inline constexpr double k_interpolates = 1e-16;

/// A stored network and its figures.
struct RefittedNetwork {
  network::Network<double> network;  ///< [m], [m, d]; every neuron has |a| = ||w||
  double cost = 0;                   ///< sum_j |a_j| g(w_j) of the stored doubles
  double residual = 0;               ///< ||f(X) - y||^2 / ||y||^2 of the stored doubles
  Index neurons_on_faces = 0;        ///< number of neurons on the border of some sample
};

/// The network for the data (inputs [d, N], labels [N]) from the neurons b_j w_j of the reduced problem.
/// `derivative_at_zero` is sigma'(0) as the measures define it.
RefittedNetwork refit(const MatrixD& inputs, const VectorD& labels, const Reduction& reduction,
                      const Pool& neurons, const VectorD& coefficients, double derivative_at_zero,
                      GaugeKind gauge);

}  // namespace flatgrid::flattest
