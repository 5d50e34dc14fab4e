// SPDX-License-Identifier: MIT
/// `gradient-descent`: full batch with heavy-ball momentum from a small initialization, the rich
/// regime. `lazy`: the same from a large, output-centred initialization, the kernel regime (Chizat,
/// Oyallon, Bach 2019). Both end when the relative squared residual is small enough for the polish.
#include "../algorithms.hpp"
#include "descent.hpp"
#include "flatgrid/algorithm/descent/initialization.hpp"

namespace flatgrid {

namespace {

void advance(const Task& task, AlgorithmState& state, std::int64_t budget) {
  descend_full_batch(task, end_of_budget(task, state, budget), state);
}

}  // namespace

Algorithm gradient_descent_algorithm() {
  return {.name = "gradient-descent", .trained = true, .start = start_small, .advance = advance};
}

Algorithm lazy_algorithm() {
  return {.name = "lazy",
          .trained = true,
          .start =
              [](const Task& task, AlgorithmState& state) {
                start_descent(task, state,
                              centred_network(task.seed, task.width, task.inputs.rows(),
                                              task.training.lazy_scale));
              },
          .advance = advance};
}

}  // namespace flatgrid
