// SPDX-License-Identifier: MIT
/// `gradient-flow`: the ordinary differential equation
///   theta' = F(theta) = -grad L(theta)
/// from the small initialization, the rich regime, which is what theory means by gradient descent, down
/// to the hand-over loss. `lazy`: the same from a large, output-centred initialization, the kernel
/// regime (Chizat, Oyallon, Bach 2019).
#include <utility>

#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/algorithm/frozen_biases.hpp"
#include "flow.hpp"

namespace flatgrid::descent {

namespace {

std::unique_ptr<algorithm::Run> start_rich(const algorithm::Task& task) {
  return std::make_unique<FlowRun>(task, small_network(task), weight_decay(task.training));
}

std::unique_ptr<algorithm::Run> start_lazy(const algorithm::Task& task) {
  auto network = algorithm::with_frozen_biases(
      task,
      centred_network(task.seed, task.width, task.trained_dimension(), task.training.lazy_scale));
  if (task.has_frozen_biases()) {
    // A pair (a, w), (-a, w) has one bias.
    for (Index j = 0; j + 1 < task.width; j += 2)
      network.inner.row(j + 1).tail(1) = network.inner.row(j).tail(1);
  }
  return std::make_unique<FlowRun>(task, std::move(network), weight_decay(task.training));
}

constexpr std::string_view k_ending =
    "When the train loss has fallen to training.handover-loss, or after training.steps\n"
    "gradients. Then the polish turns the network into an interpolator.";

}  // namespace

algorithm::Algorithm gradient_flow_algorithm() {
  return {.name = "gradient-flow",
          .start = start_rich,
          .price = flow_price,
          .trains_linear_layers = true,
          .description =
              "The ordinary differential equation theta' = -grad L(theta) from a small\n"
              "initialization, the rich regime, integrated by the Runge-Kutta-Chebyshev method to\n"
              "training.flow-tolerance a step: what theory means by gradient descent.",
          .source = "Sommeijer, Shampine, Verwer 1997, RKC, for the integration",
          .ending = k_ending,
          .keys = {"training.steps", "network.initialization", "training.initial-scale",
                   "training.weight-decay", "training.flow-tolerance", "training.handover-loss",
                   "training.polish"}};
}

algorithm::Algorithm lazy_algorithm() {
  return {
      .name = "lazy",
      .start = start_lazy,
      .price = flow_price,
      .description =
          "The gradient flow from a large initialization whose output is 0, neurons in pairs\n"
          "(a, w), (-a, w), their size training.lazy-scale: the kernel regime, where the first\n"
          "layer hardly moves. Expected to be sharp, and not to generalize.",
      .source = "Chizat, Oyallon, Bach 2019 (arXiv 1812.07956)",
      .ending = k_ending,
      .keys = {"training.steps", "training.lazy-scale", "training.weight-decay",
               "training.flow-tolerance", "training.handover-loss", "training.polish"}};
}

}  // namespace flatgrid::descent
