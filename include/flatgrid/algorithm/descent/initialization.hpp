// SPDX-License-Identifier: MIT
/// Initial parameters of trained networks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "flatgrid/network/network.hpp"

namespace flatgrid::descent {

/// Entries of W ~ N(0, scale^2 / d) and of a ~ N(0, scale^2 / m). Neuron j has its own random stream, so
/// that the first neurons of a wider network are the (rescaled) neurons of a narrower one. Different
/// values of `draw` give independent networks.
network::Network<double> gaussian_network(std::int64_t seed, Index width, Index dimension,
                                          double scale, std::uint64_t draw = 0);

/// The same with w_j divided by its norm, times `scale`: uniform on the sphere of this radius.
network::Network<double> spherical_network(std::int64_t seed, Index width, Index dimension,
                                           double scale, std::uint64_t draw = 0);

/// Entries of W uniform on [-scale / sqrt(d), scale / sqrt(d)], and of a on [-scale / sqrt(m), scale / sqrt(m)]: for
/// scale 1 the default of torch.nn.Linear. The streams are those of `gaussian_network`.
network::Network<double> uniform_network(std::int64_t seed, Index width, Index dimension,
                                         double scale, std::uint64_t draw = 0);

/// Linear layers of the widths `hidden` on inputs of dimension d, of the same laws: normal or uniform with the scale
/// divided by the root of the number of columns. Every row has its own random stream.
std::vector<MatrixD> initial_layers(std::int64_t seed, Index dimension,
                                    std::span<const Index> hidden, double scale, bool uniform,
                                    std::uint64_t draw = 0);

/// Neurons in pairs (a, w), (-a, w), so that the initial output is 0 for any scale. For an odd width the
/// last neuron has a = 0.
network::Network<double> centred_network(std::int64_t seed, Index width, Index dimension,
                                         double scale);

/// The network with outer weights +1/m in the first half of the neurons, rounded up, and -1/m in the others.
network::Network<double> with_signs(network::Network<double> network);

}  // namespace flatgrid::descent
