// SPDX-License-Identifier: MIT
/// Frozen biases: network.bias = frozen. They are the last inner weights of the neurons, on inputs (x, 1), as trained
/// biases are, but no algorithm changes them.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid::algorithm {

/// b_j = network.bias-scale times a standard normal of the seed and the neuron, [m]: the first biases of a wider
/// network are those of a narrower one. Only for a task with frozen biases.
VectorD frozen_biases(const Task& task);

/// A network on x, with the frozen biases of the task appended to its inner weights, if the task has some; else the
/// network as it is.
network::Network<double> with_frozen_biases(const Task& task, network::Network<double> network);

/// The network of weights 0, with the frozen biases of the task if it has some.
network::Network<double> zero_network(const Task& task);

/// Sets the part of frozen biases of a gradient or of another change of the parameters to 0.
inline void keep_frozen_biases(const Task& task, network::Network<double>& change) {
  if (task.has_frozen_biases()) change.inner.rightCols(1).setZero();
}

}  // namespace flatgrid::algorithm
