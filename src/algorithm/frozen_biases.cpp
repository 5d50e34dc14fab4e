// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/frozen_biases.hpp"

#include "flatgrid/random/stream.hpp"

namespace flatgrid::algorithm {

VectorD frozen_biases(const Task& task) {
  VectorD biases(task.width);
  for (Index j = 0; j < task.width; ++j) {
    random::Stream stream(task.seed, random::Purpose::frozen_biases, static_cast<std::uint64_t>(j));
    biases(j) = task.network.bias_scale * stream.normal();
  }
  return biases;
}

network::Network<double> with_frozen_biases(const Task& task, network::Network<double> network) {
  if (task.has_frozen_biases()) {
    network.inner.conservativeResize(Eigen::NoChange, task.dimension());
    network.inner.rightCols(1) = frozen_biases(task);
  }
  return network;
}

network::Network<double> zero_network(const Task& task) {
  network::Network<double> network = task.zero_network();
  if (task.has_frozen_biases()) network.inner.rightCols(1) = frozen_biases(task);
  return network;
}

}  // namespace flatgrid::algorithm
