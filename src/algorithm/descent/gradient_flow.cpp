// SPDX-License-Identifier: MIT
/// `gradient-flow`: the ordinary differential equation
///   theta' = F(theta) = -grad L(theta)
/// from the small initialization, the rich regime, which is what theory means by gradient descent, down
/// to the hand-over loss. `lazy`: the same from a large, output-centred initialization, the kernel
/// regime (Chizat, Oyallon, Bach 2019).
#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flow.hpp"

namespace flatgrid {

namespace {

std::unique_ptr<Run> start_rich(const Task& task) {
  return std::make_unique<FlowRun>(task, small_network(task));
}

std::unique_ptr<Run> start_lazy(const Task& task) {
  return std::make_unique<FlowRun>(
      task, centred_network(task.seed, task.width, task.dimension(), task.training.lazy_scale));
}

}  // namespace

Algorithm gradient_flow_algorithm() {
  return {.name = "gradient-flow", .start = start_rich, .price = flow_price};
}

Algorithm lazy_algorithm() { return {.name = "lazy", .start = start_lazy, .price = flow_price}; }

}  // namespace flatgrid
