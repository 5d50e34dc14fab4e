// SPDX-License-Identifier: MIT
/// `sgd`: gradient descent on minibatches from the small initialization, with momentum and a step
/// that is stable for the batch size. Without noise in the steps at an interpolator it converges
/// at a constant step size, down to the hand-over loss.
#include "descent.hpp"

namespace flatgrid::descent {

namespace {

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  Phase phase = full_batch(task);
  phase.batch = batch_size(task.training, task.samples());
  follow_minibatches(phase, task, [](std::int64_t, VectorD&) {});
  return std::make_unique<DescentRun>(task, small_network(task), phase);
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return descent_price(point, static_cast<double>(batch_size(point.training, point.samples)));
}

}  // namespace

algorithm::Algorithm sgd_algorithm() {
  return {
      .name = "sgd",
      .start = start,
      .price = price,
      .description =
          "Gradient descent on minibatches from a small initialization; every epoch goes\n"
          "through the samples in a new random order. Steps vanish at an interpolator, so it\n"
          "converges at a constant step size. A batch of all samples is gradient-descent.",
      .source = "Ma, Bassily, Belkin 2018 (arXiv 1712.06559), for the automatic step size",
      .ending =
          "Where the mean train loss over an epoch is down at training.handover-loss, or after\n"
          "training.steps; the polish then makes an interpolator of the network.",
      .keys = {"training.steps", "training.learning-rate", "training.stability-fraction",
               "training.initial-scale", "training.batch", "training.momentum",
               "training.handover-loss", "training.polish", "training.precision"}};
}

}  // namespace flatgrid::descent
