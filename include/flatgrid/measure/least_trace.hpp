// SPDX-License-Identifier: MIT
/// The network of least trace on a rescaling orbit (flatness.hpp).
#pragma once

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// If a neuron of degree 1 lies exactly on a hyperplane w.x_i = 0 (the sums w.x_i are exact), its factor is
/// rounded to this many bits: then the scaled neuron is exactly on it too. Its trace is within 5e-7 of the
/// least.
inline constexpr int k_factor_bits = 10;

/// Rescales every neuron to the least trace on its orbit for inputs [d, n]:
/// c_j = (B_j / (k A_j))^{1/(2k+2)}.
void to_least_trace(const network::Activation<double>& activation, const MatrixD& inputs,
                    network::Network<double>& network);

}  // namespace flatgrid::measure
