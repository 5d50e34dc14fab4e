// SPDX-License-Identifier: MIT
/// `memorizer`: a neuron centred at each sample, w_i = x_i / ||x_i|| for i < n, and the outer
/// weights that fit the labels; the remaining neurons are zero. It interpolates where the n x n
/// matrix of sigma(x_j . x_i / ||x_j||) is regular: for relu and abs at samples in general
/// position. For `quadratic` its rank is at most d (d + 1) / 2, and for more samples it is the
/// least-squares fit.
#include "algorithms.hpp"
#include "linear_fit.hpp"

namespace flatgrid {

namespace {

void start(const Task& task, AlgorithmState& state) {
  const Index samples = task.inputs.cols();
  state.network = Network<double>::zero(task.width, task.inputs.rows());
  state.network.inner.topRows(samples) = task.inputs.colwise().normalized().transpose();
  fit_outer_layer(task, state.network);
  state.finished = true;
}

}  // namespace

Algorithm memorizer_algorithm() {
  return {.name = "memorizer",
          .trained = false,
          .start = start,
          .obstacle = "the activations of neurons centred at the samples are linearly dependent"};
}

}  // namespace flatgrid
