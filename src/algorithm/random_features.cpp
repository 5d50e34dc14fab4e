// SPDX-License-Identifier: MIT
/// `random-features`: a random first layer w_j ~ N(0, I/d) that is never trained, and the second
/// layer of minimum norm that fits the labels.
#include <cmath>

#include "algorithms.hpp"
#include "flatgrid/random/stream.hpp"
#include "linear_fit.hpp"

namespace flatgrid {

namespace {

void start(const Task& task, AlgorithmState& state) {
  const Index dimension = task.inputs.rows();
  state.network = Network<double>::zero(task.width, dimension);
  const double scale = 1 / std::sqrt(static_cast<double>(dimension));
  for (Index j = 0; j < task.width; ++j) {
    Stream stream(task.seed, Purpose::random_features, static_cast<std::uint64_t>(j));
    for (double& weight : state.network.inner.row(j)) weight = scale * stream.normal();
  }
  fit_outer_layer(task, state.network);
  state.finished = true;
}

}  // namespace

Algorithm random_features_algorithm() {
  return {.name = "random-features",
          .trained = false,
          .start = start,
          .obstacle = "the random features of this width have not the rank to fit every label"};
}

}  // namespace flatgrid
