// SPDX-License-Identifier: MIT
/// `gradient-descent`: full batch, plain or with heavy-ball momentum, from a small initialization, the
/// rich regime. It ends when the relative squared residual is small enough for the polish.
#include "descent.hpp"

namespace flatgrid::descent {

namespace {

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  return std::make_unique<DescentRun>(task, small_network(task), full_batch(task));
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return descent_price(point, static_cast<double>(point.samples));
}

}  // namespace

algorithm::Algorithm gradient_descent_algorithm() {
  return {
      .name = "gradient-descent",
      .start = start,
      .price = price,
      .description =
          "Gradient descent on all samples at once from a small initialization, the rich\n"
          "regime:\n"
          "    v <- momentum v - eta grad L(theta),  theta <- theta + v.",
      .source = "Polyak 1964, for the momentum",
      .ending =
          "Where the train loss is down at training.handover-loss, or after training.steps; the\n"
          "polish then makes an interpolator of the network.",
      .keys = {"training.steps", "training.learning-rate", "training.stability-fraction",
               "training.initial-scale", "training.momentum", "training.handover-loss",
               "training.polish", "training.precision"}};
}

}  // namespace flatgrid::descent
