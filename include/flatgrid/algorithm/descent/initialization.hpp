// SPDX-License-Identifier: MIT
/// Initial parameters of trained networks.
#pragma once

#include <cstdint>

#include "flatgrid/network/network.hpp"

namespace flatgrid::descent {

/// Entries of W ~ N(0, scale^2 / d) and of a ~ N(0, scale^2 / m). Neuron j has its own stream, so
/// that a wider network begins with the (rescaled) neurons of a narrower one. Different values of
/// `draw` give independent networks.
network::Network<double> gaussian_network(std::int64_t seed, Index width, Index dimension,
                                          double scale, std::uint64_t draw = 0);

/// Neurons in pairs (a, w), (-a, w), so that the network's output is 0 to begin with whatever its
/// scale; the last neuron of an odd width is silent.
network::Network<double> centred_network(std::int64_t seed, Index width, Index dimension,
                                         double scale);

}  // namespace flatgrid::descent
