// SPDX-License-Identifier: MIT
/// The network of least trace on a rescaling orbit (flatness.hpp).
#pragma once

#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::measure {

/// The factor of a neuron of degree 1 that is exactly on a border, the sums w.x_i being exact, has so
/// many bits: it stays there, and its trace is within 5e-7 of the least.
inline constexpr int k_factor_bits = 10;

/// Moves every neuron to the least trace of its orbit on inputs [d, n],
/// c_j = (B_j / (k A_j))^{1/(2k+2)}.
void to_least_trace(const network::Activation<double>& activation, const MatrixD& inputs,
                    network::Network<double>& network);

}  // namespace flatgrid::measure
