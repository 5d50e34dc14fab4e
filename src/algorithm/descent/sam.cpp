// SPDX-License-Identifier: MIT
/// `sam`: sharpness-aware minimization (Foret, Kleiner, Mobahi, Neyshabur 2021),
///   theta <- theta - eta grad L(theta + rho grad L / ||grad L||),
/// both gradients over the same minibatch; training.batch = n makes it full-batch. At a constant
/// radius it goes on moving at an interpolator, to flatter ones (the smaller the batch, the more so
/// towards a small trace: Wen, Ma, Li 2023). So it runs for its share of training.steps and comes
/// down to the hand-over loss by plain descent.
#include <cmath>

#include "descent.hpp"

namespace flatgrid {

namespace {

std::unique_ptr<Run> start(const Task& task) {
  Phase biased = biased_phase(task);
  biased.gradient = [task, batch = Minibatches(task), workspace = Workspace<double>(task.width),
                     uphill = Network<double>::zero(task.width, task.dimension())](
                        const DescentState& at, Network<double>& result) mutable {
    batch.select(at.step);
    const double loss = loss_and_gradient(task.activation, at.network, batch.inputs, batch.labels,
                                          workspace, uphill);
    const double norm = std::sqrt(uphill.inner.squaredNorm() + uphill.outer.squaredNorm());
    // theta + rho grad L / ||grad L||
    const double scale = norm > 0 ? task.training.sam_radius / norm : 0;
    uphill.inner = at.network.inner + scale * uphill.inner;
    uphill.outer = at.network.outer + scale * uphill.outer;
    loss_and_gradient(task.activation, uphill, batch.inputs, batch.labels, workspace, result);
    return loss;
  };
  return std::make_unique<DescentRun>(task, small_network(task),
                                      std::vector{biased, full_batch(task)});
}

Price price(const PointOutline& point) {
  return descent_price(point, biased_samples_per_step(point, 2));
}

}  // namespace

Algorithm sam_algorithm() { return {.name = "sam", .start = start, .price = price}; }

}  // namespace flatgrid
