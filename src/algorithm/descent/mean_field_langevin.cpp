// SPDX-License-Identifier: MIT
/// `mean-field-langevin`: noisy gradient descent with weight decay (Mousavi-Hosseini, Wu, Erdogdu
/// 2024; Mei, Montanari, Nguyen 2018),
///   theta <- theta - eta (grad L + decay theta) + sqrt(2 eta T) xi,   xi ~ N(0, I),
/// from the small initialization, full batch and without momentum. In the mean-field limit
/// f = (1/m) sum_j a'_j sigma(w'_j . x) a neuron follows
///   d theta'_j = -(m grad_j L + lambda theta'_j) dt + sqrt(2 tau) dB,
/// lambda = training.weight-decay and tau = training.temperature, neither of which depends on the
/// width. With (a', w') = m^{1/(k+1)} (a, w), k the degree of the activation, and time in units of
/// m^{(k-1)/(k+1)}, this is the step above with
///   decay = lambda m^{(1-k)/(1+k)},   T = tau / m;
/// for degree 1 decay = lambda. With network.outer = signs f is this mean-field network itself, with a'_j = +-1, and
/// its w'_j take the steps
///   w' <- w' - eta (m grad_w' L + lambda w') + sqrt(2 eta tau) xi.
/// With the noise the network does not interpolate: the noise lasts for its share of
/// training.steps, then the gradient flow reduces the loss to the hand-over loss.
#include <cmath>

#include "biased.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::descent {

namespace {

/// lambda if training.weight-decay is auto.
constexpr double k_usual_decay = 1e-3;

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  const auto m = static_cast<double>(task.width);
  const double k = task.activation.degree();
  const double lambda = task.training.weight_decay.value_or(k_usual_decay);
  const bool trains_outer = task.network.outer->trained;
  const double decay = trains_outer ? lambda * std::pow(m, (1 - k) / (1 + k)) : lambda;
  const double temperature =
      trains_outer ? task.training.temperature / m : task.training.temperature;

  Phase noisy = biased_phase(task);
  noisy.batching = {task.samples(), task.samples()};
  noisy.momentum = 0;
  noisy.weight_decay = 0;  // its own, below
  noisy.gradient = [task, m, trains_outer, decay, temperature, train_loss = TrainLoss(task)](
                       const DescentState& at, network::Network<double>& gradient) mutable {
    const double loss = train_loss(at.network, task.inputs, task.labels, gradient);
    if (!trains_outer) gradient.inner *= m;
    // The step divided by eta, as a gradient: grad L + decay theta - sqrt(2 T / eta) xi
    const double noise = std::sqrt(2 * temperature / at.learning_rate);
    random::Stream stream(task.seed, random::Purpose::algorithm_noise,
                          static_cast<std::uint64_t>(at.step));
    add_weight_decay(decay, at.network, gradient);
    for (double& component : gradient.inner.reshaped()) component -= noise * stream.normal();
    for (double& component : gradient.outer) component -= noise * stream.normal();
    if (!trains_outer) gradient.outer.setZero();
    return loss;
  };
  // The curvature of the decay.
  noisy.added_curvature = [decay](const DescentState&) { return decay; };
  return start_biased(task, noisy);
}

algorithm::Price price(const algorithm::PointOutline& point) {
  return biased_price(point, {point.samples, point.samples}, 1);
}

}  // namespace

algorithm::Algorithm mean_field_langevin_algorithm() {
  return {.name = "mean-field-langevin",
          .start = start,
          .price = price,
          .description =
              "Noisy gradient descent with weight decay on all samples at once, without momentum,\n"
              "from a small initialization:\n"
              "    theta <- theta - eta (grad L + decay theta) + sqrt(2 eta T) xi,  xi ~ N(0, I),\n"
              "decay = lambda m^((1-k)/(1+k)) and T = tau / m, m the width, k the degree of the\n"
              "activation, lambda = training.weight-decay and tau = training.temperature.\n"
              "With network.outer = signs the outer weights stay +-1/m and the inner ones take\n"
              "    w <- w - eta (m grad L + lambda w) + sqrt(2 eta tau) xi.",
          .source =
              "Mei, Montanari, Nguyen 2018 (arXiv 1804.06561); Mousavi-Hosseini, Wu, Erdogdu 2024\n"
              "(arXiv 2408.07254)",
          .ending = k_biased_ending,
          .keys = {"training.steps", "training.learning-rate", "training.stability-fraction",
                   "network.initialization", "training.initial-scale", "training.temperature",
                   "training.weight-decay", "training.flow-tolerance", "training.handover-loss",
                   "training.polish", "training.precision"}};
}

}  // namespace flatgrid::descent
