// SPDX-License-Identifier: MIT
/// `gradient-descent`: full batch, plain or with heavy-ball momentum, from a small initialization, the
/// rich regime. It ends when the relative squared residual is small enough for the polish.
#include "biased.hpp"

namespace flatgrid::descent {

namespace {

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  return start_decaying(task, full_batch(task));
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return decaying_price(point, {point.samples, point.samples});
}

}  // namespace

algorithm::Algorithm gradient_descent_algorithm() {
  return {.name = "gradient-descent",
          .start = start,
          .price = price,
          .trains_linear_layers = true,
          .description =
              "Gradient descent on all samples at once from a small initialization, the rich\n"
              "regime:\n"
              "    v <- momentum v - eta grad L(theta),  theta <- theta + v.",
          .source = "Polyak 1964, for the momentum",
          .ending =
              "When the train loss has fallen to training.handover-loss, or after training.steps.\n"
              "Then the polish turns the network into an interpolator.",
          .keys = {"training.steps", "training.learning-rate", "training.stability-fraction",
                   "network.initialization", "training.initial-scale", "training.momentum",
                   "training.weight-decay", "training.flow-tolerance", "training.handover-loss",
                   "training.polish", "training.precision"}};
}

}  // namespace flatgrid::descent
