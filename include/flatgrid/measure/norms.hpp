// SPDX-License-Identifier: MIT
/// Norms and counts of a network's parameters.
#pragma once

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// sum_j |a_j| ||w_j||, invariant under the rescaling symmetry for degree 1.
double path_norm(const network::Network<double>& network);

/// sqrt(||a||^2 + ||W||_F^2).
double parameter_norm(const network::Network<double>& network);

/// Neurons with a_j != 0 that fire, sigma(w_j . x_i) != 0, on at least one sample (A_j > 0).
Index active_neurons(const network::Network<double>& network, const NeuronTraces& traces);

}  // namespace flatgrid::measure
