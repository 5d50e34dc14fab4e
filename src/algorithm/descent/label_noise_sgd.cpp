// SPDX-License-Identifier: MIT
/// `label-noise-sgd`: minibatch steps on labels that are perturbed by a new +delta or -delta in each
/// step. The noise does not vanish at interpolators and drives the network along them to
/// flatter ones: to first order it descends on L + (eta delta^2 / (4 B (1 - beta))) tr H (HaoChen,
/// Wei, Lee, Ma 2021 with B = 1; Damian, Ma, Lee 2021 for any batch size B and momentum beta). It
/// runs for its share of training.steps, even if the loss is already small; then the gradient flow
/// reduces the loss to the hand-over loss.
#include "biased.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::descent {

namespace {

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  Phase biased = biased_phase(task);
  biased.label_noise = task.training.label_noise;
  follow_minibatches(biased, task, [task](std::int64_t step, VectorD& labels) {
    random::Stream stream(task.seed, random::Purpose::label_perturbation,
                          static_cast<std::uint64_t>(step));
    for (double& label : labels) label += task.training.label_noise * stream.sign();
  });
  return start_biased(task, biased);
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return biased_price(point, batching_of(point.training, point.samples), 1);
}

}  // namespace

algorithm::Algorithm label_noise_sgd_algorithm() {
  return {
      .name = "label-noise-sgd",
      .start = start,
      .price = price,
      .trains_linear_layers = true,
      .description =
          "Minibatch steps on labels that are perturbed by a new +delta or -delta in each step,\n"
          "delta = training.label-noise, from a small initialization. To first order it\n"
          "descends on L + eta delta^2 / (4 B (1 - momentum)) tr H, B the batch: along the\n"
          "interpolators to flatter ones.",
      .source =
          "HaoChen, Wei, Lee, Ma 2021 (arXiv 2006.08680); Damian, Ma, Lee 2021 (arXiv 2106.06530)",
      .ending = k_biased_ending,
      .keys = {"training.steps", "training.learning-rate", "training.stability-fraction",
               "network.initialization", "training.initial-scale", "training.batch",
               "training.batches", "training.momentum", "training.label-noise",
               "training.weight-decay", "training.flow-tolerance", "training.handover-loss",
               "training.polish", "training.precision"}};
}

}  // namespace flatgrid::descent
