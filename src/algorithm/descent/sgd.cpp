// SPDX-License-Identifier: MIT
/// `sgd`: gradient descent on minibatches from the small initialization, with momentum and a step size that is
/// stable for the batch size. At an interpolator its steps have no noise, so it converges with a constant step
/// size, down to the hand-over loss.
#include "biased.hpp"

namespace flatgrid::descent {

namespace {

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  Phase phase = full_batch(task);
  phase.batching = batching_of(task.training, task.samples());
  follow_minibatches(phase, task, [](std::int64_t, VectorD&) {});
  return start_decaying(task, phase);
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return decaying_price(point, batching_of(point.training, point.samples));
}

}  // namespace

algorithm::Algorithm sgd_algorithm() {
  return {
      .name = "sgd",
      .start = start,
      .price = price,
      .trains_linear_layers = true,
      .description =
          "Gradient descent on minibatches from a small initialization; every epoch goes\n"
          "through the samples in a new random order. Its steps are 0 at an interpolator, so it\n"
          "converges with a constant step size. With a batch of all samples it is\n"
          "gradient-descent.",
      .source = "Ma, Bassily, Belkin 2018 (arXiv 1712.06559), for the automatic step size",
      .ending =
          "When the mean train loss over an epoch has fallen to training.handover-loss, or after\n"
          "training.steps. Then the polish turns the network into an interpolator.",
      .keys = {"training.steps", "training.learning-rate", "training.stability-fraction",
               "network.initialization", "training.initial-scale", "training.batch",
               "training.batches", "training.momentum", "training.weight-decay",
               "training.flow-tolerance", "training.handover-loss", "training.polish",
               "training.precision"}};
}

}  // namespace flatgrid::descent
