// SPDX-License-Identifier: MIT
/// `sam`: sharpness-aware minimization (Foret, Kleiner, Mobahi, Neyshabur 2021),
///   theta <- theta - eta grad L(theta + rho grad L / ||grad L||),
/// both gradients over the same minibatch; training.batch = n makes it full-batch. With a constant
/// radius it does not stop at an interpolator but moves to flatter ones (for small batches towards a small
/// trace: Wen, Ma, Li 2023). So it runs for its share of training.steps, then the gradient flow reduces the
/// loss to the hand-over loss.
#include <cmath>

#include "biased.hpp"
#include "flatgrid/algorithm/frozen_biases.hpp"
#include "flatgrid/measure/norms.hpp"

namespace flatgrid::descent {

namespace {

void follow_uphill_batch(Phase& phase, const algorithm::Task& task) {
  phase.gradient = [task, minibatches = Minibatches(task), train_loss = TrainLoss(task),
                    uphill = task.zero_network()](const DescentState& at,
                                                  network::Network<double>& result) mutable {
    const Batch& batch = minibatches.select(at.step);
    const double loss = train_loss(at.network, batch.inputs, batch.labels, uphill);
    algorithm::keep_frozen_biases(task, uphill);
    const double norm = measure::parameter_norm(uphill);
    // theta + rho grad L / ||grad L||
    const double scale = norm > 0 ? task.training.sam_radius / norm : 0;
    network::for_each_layer([&](const auto& theta, auto& step) { step = theta + scale * step; },
                            at.network, uphill);
    train_loss(uphill, batch.inputs, batch.labels, result);
    return loss;
  };
}

/// The same for one sample, whose gradients have rank one: reads W once.
void follow_uphill_sample(Phase& phase, const algorithm::Task& task) {
  phase.sample_gradient = [task, minibatches = Minibatches(task), z = VectorD(), outer = VectorD()](
                              const DescentState& at,
                              network::SampleGradient<double>& result) mutable {
    const Batch& batch = minibatches.select(at.step);
    const double label = batch.labels(0);
    result.input = batch.inputs.col(0);
    z.noalias() = at.network.inner * result.input;
    const double loss =
        network::sample_loss_and_gradient(task.activation, at.network.outer, z, label, result);
    // ||grad L||^2 = ||dL/da||^2 + ||dL/dz||^2 ||x||^2
    if (task.has_frozen_biases()) result.input.tail(1).setZero();
    const double length = result.input.squaredNorm();
    const double norm =
        std::sqrt(result.outer.squaredNorm() + result.preactivation.squaredNorm() * length);
    const double scale = norm > 0 ? task.training.sam_radius / norm : 0;
    // (W + scale (dL/dz) x^T) x = z + scale ||x||^2 dL/dz
    outer = at.network.outer + scale * result.outer;
    z += (scale * length) * result.preactivation;
    network::sample_loss_and_gradient(task.activation, outer, z, label, result);
    return loss;
  };
}

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  Phase biased = biased_phase(task);
  if (biased.batching.size == 1 && !task.network.has_linear_layers()) {
    follow_uphill_sample(biased, task);
  } else {
    follow_uphill_batch(biased, task);
  }
  return start_biased(task, biased);
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return biased_price(point, batching_of(point.training, point.samples), 2);
}

}  // namespace

algorithm::Algorithm sam_algorithm() {
  return {.name = "sam",
          .start = start,
          .price = price,
          .trains_linear_layers = true,
          .description =
              "Sharpness-aware minimization, from a small initialization:\n"
              "    theta <- theta - eta grad L(theta + rho grad L / ||grad L||),\n"
              "rho = training.sam-radius, both gradients over the same minibatch; a batch of all\n"
              "samples makes it full-batch.",
          .source =
              "Foret, Kleiner, Mobahi, Neyshabur 2021 (arXiv 2010.01412); Wen, Ma, Li 2023 (arXiv\n"
              "2211.05729)",
          .ending = k_biased_ending,
          .keys = {"training.steps", "training.learning-rate", "training.stability-fraction",
                   "network.initialization", "training.initial-scale", "training.batch",
                   "training.batches", "training.momentum", "training.sam-radius",
                   "training.weight-decay", "training.flow-tolerance", "training.handover-loss",
                   "training.polish", "training.precision"}};
}

}  // namespace flatgrid::descent
