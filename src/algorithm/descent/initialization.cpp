// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/descent/initialization.hpp"

#include <cmath>

#include "flatgrid/random/stream.hpp"

namespace flatgrid::descent {

network::Network<double> gaussian_network(std::int64_t seed, Index width, Index dimension,
                                          double scale, std::uint64_t draw) {
  auto network = network::Network<double>::zero(width, dimension);
  const double inner_scale = scale / std::sqrt(static_cast<double>(dimension));
  const double outer_scale = scale / std::sqrt(static_cast<double>(width));
  for (Index j = 0; j < width; ++j) {
    // A width has at most 20 bits.
    random::Stream stream(seed, random::Purpose::initialization,
                          (draw << 20) + static_cast<std::uint64_t>(j));
    for (double& weight : network.inner.row(j)) weight = inner_scale * stream.normal();
    network.outer(j) = outer_scale * stream.normal();
  }
  return network;
}

network::Network<double> spherical_network(std::int64_t seed, Index width, Index dimension,
                                           double scale, std::uint64_t draw) {
  auto network = gaussian_network(seed, width, dimension, scale, draw);
  for (Index j = 0; j < width; ++j) network.inner.row(j) *= scale / network.inner.row(j).norm();
  return network;
}

network::Network<double> centred_network(std::int64_t seed, Index width, Index dimension,
                                         double scale) {
  auto network = gaussian_network(seed, width, dimension, scale);
  for (Index j = 0; j + 1 < width; j += 2) {
    network.inner.row(j + 1) = network.inner.row(j);
    network.outer(j + 1) = -network.outer(j);
  }
  if (width % 2 == 1) network.outer(width - 1) = 0;
  return network;
}

network::Network<double> with_signs(network::Network<double> network) {
  const Index width = network.width();
  network.outer.setConstant(-1 / static_cast<double>(width));
  network.outer.head((width + 1) / 2) *= -1;
  return network;
}

}  // namespace flatgrid::descent
