// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/descent/initialization.hpp"

#include <cmath>
#include <utility>

#include "flatgrid/random/stream.hpp"

namespace flatgrid::descent {

namespace {

/// Uniform on the interval from -1 to 1.
double symmetric(random::Stream& stream) { return 2 * stream.uniform() - 1; }

double normal(random::Stream& stream) { return stream.normal(); }

/// Entries of W and a, drawn by `draw` and multiplied by scale / sqrt(d) and scale / sqrt(m).
network::Network<double> drawn_network(std::int64_t seed, Index width, Index dimension,
                                       double scale, std::uint64_t first,
                                       double (*draw)(random::Stream&)) {
  auto network = network::Network<double>::zero(width, dimension);
  const double inner_scale = scale / std::sqrt(static_cast<double>(dimension));
  const double outer_scale = scale / std::sqrt(static_cast<double>(width));
  for (Index j = 0; j < width; ++j) {
    random::Stream stream(seed, random::Purpose::initialization,
                          first + static_cast<std::uint64_t>(j));
    for (double& weight : network.inner.row(j)) weight = inner_scale * draw(stream);
    network.outer(j) = outer_scale * draw(stream);
  }
  return network;
}

/// A width has at most this number of bits.
constexpr int k_width_bits = 20;

}  // namespace

network::Network<double> gaussian_network(std::int64_t seed, Index width, Index dimension,
                                          double scale, std::uint64_t draw) {
  return drawn_network(seed, width, dimension, scale, draw << k_width_bits, normal);
}

network::Network<double> spherical_network(std::int64_t seed, Index width, Index dimension,
                                           double scale, std::uint64_t draw) {
  auto network = gaussian_network(seed, width, dimension, scale, draw);
  for (Index j = 0; j < width; ++j) network.inner.row(j) *= scale / network.inner.row(j).norm();
  return network;
}

network::Network<double> uniform_network(std::int64_t seed, Index width, Index dimension,
                                         double scale, std::uint64_t draw) {
  return drawn_network(seed, width, dimension, scale, draw << k_width_bits, symmetric);
}

std::vector<MatrixD> initial_layers(std::int64_t seed, Index dimension,
                                    std::span<const Index> hidden, double scale, bool uniform,
                                    std::uint64_t draw) {
  std::vector<MatrixD> layers;
  Index columns = dimension;
  for (const Index rows : hidden) {
    MatrixD layer(rows, columns);
    const double entry_scale = scale / std::sqrt(static_cast<double>(columns));
    for (Index row = 0; row < rows; ++row) {
      random::Stream stream(seed, random::Purpose::linear_initialization,
                            (draw << (2 * k_width_bits)) +
                                (static_cast<std::uint64_t>(layers.size()) << k_width_bits) +
                                static_cast<std::uint64_t>(row));
      for (double& weight : layer.row(row))
        weight = entry_scale * (uniform ? symmetric(stream) : normal(stream));
    }
    layers.push_back(std::move(layer));
    columns = rows;
  }
  return layers;
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
