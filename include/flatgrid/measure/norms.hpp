// SPDX-License-Identifier: MIT
/// Norms and counts of a network's parameters.
#pragma once

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// sum_j |a_j| ||w_j||, invariant under the rescaling symmetry for degree 1. `biases`: the number of last columns
/// of W that are biases, 0 or 1; w_j is without them.
double path_norm(const network::Network<double>& network, Index biases = 0);

/// sqrt(||a||^2 + ||W||_F^2), with linear layers also + ||V_l||_F^2.
double parameter_norm(const network::Network<double>& network);

/// The number of neurons with a_j != 0 and sigma(w_j . x_i) != 0 on at least one sample (A_j > 0).
Index active_neurons(const network::Network<double>& network, const NeuronTraces& traces);

}  // namespace flatgrid::measure
