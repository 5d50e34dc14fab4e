// SPDX-License-Identifier: MIT
/// `adam`: Adam on minibatches from the small initialization, training as it is practised. Its steps have the size
/// of the learning rate wherever gradients keep their sign, however small they are, so with a constant learning rate
/// the loss need not fall to the hand-over loss: after its share of training.steps the gradient flow reduces it.
#include "flatgrid/algorithm/descent/adam.hpp"

#include <cmath>

#include "biased.hpp"
#include "flatgrid/base/serialization.hpp"

namespace flatgrid::descent {

void adam_step(std::int64_t t, double eta, const network::Network<double>& gradient,
               AdamMoments& moments, network::Network<double>& network) {
  const auto steps = static_cast<double>(t);
  const double rate = eta / (1 - std::pow(k_adam_beta_1, steps));
  const double root = std::sqrt(1 - std::pow(k_adam_beta_2, steps));
  const auto move = [&](const auto& g, auto& m, auto& v, auto& theta) {
    m = k_adam_beta_1 * m + (1 - k_adam_beta_1) * g;
    v = k_adam_beta_2 * v + (1 - k_adam_beta_2) * g.cwiseAbs2();
    theta.array() -= rate * m.array() / (v.array().sqrt() / root + k_adam_epsilon);
  };
  network::for_each_layer(move, gradient, moments.first, moments.second, network);
}

namespace {

/// The price of a step for each parameter: it takes as long as 32 flops of a gradient (measured with 15500
/// parameters, 14 microseconds), because of a square root, two divisions and memory.
constexpr double k_flops_per_parameter = 32;

struct AdamState {
  DescentState descent;
  AdamMoments moments;
};

template <class Archive>
void serialize(Archive& archive, AdamState& state) {
  auto& [descent, moments] = state;
  archive(descent, moments);
}

/// A descent whose step size is given, and whose step is Adam's.
class AdamRun final : public algorithm::Run {
 public:
  explicit AdamRun(const algorithm::Task& task)
      : training_(with_rate(task.training)),
        task_{.training = training_,
              .activation = task.activation,
              .input_law = task.input_law,
              .inputs = task.inputs,
              .labels = task.labels,
              .width = task.width,
              .seed = task.seed,
              .network = task.network},
        descent_(task_, phase()) {
    const network::Network<double> zero = task.zero_network();
    state_.descent = start_descent(task_, small_network(task_), task.samples(), 0);
    state_.moments = {zero, zero};
  }

  void advance(std::int64_t budget) override {
    descent_.advance(steps() + std::min(budget, training_.steps - steps()), state_.descent);
  }
  [[nodiscard]] bool finished() const override { return state_.descent.finished; }
  [[nodiscard]] bool diverged() const override { return state_.descent.diverged; }
  [[nodiscard]] std::int64_t steps() const override { return state_.descent.step; }
  [[nodiscard]] const network::Network<double>* network() const override {
    return &state_.descent.network;
  }
  [[nodiscard]] std::string obstacle() const override {
    return diverged() ? "try a smaller training.learning-rate" : "";
  }
  [[nodiscard]] std::string save() const override { return bytes_of(state_); }
  void load(std::string_view bytes) override { state_ = from_bytes<AdamState>(bytes); }

 private:
  static algorithm::TrainingSettings with_rate(algorithm::TrainingSettings training) {
    training.learning_rate = training.learning_rate.value_or(k_adam_rate);
    return training;
  }

  Phase phase() {
    Phase phase = biased_phase(task_);
    follow_minibatches(phase, task_, [](std::int64_t, VectorD&) {});
    phase.update = [this](const network::Network<double>& gradient, DescentState& state) {
      adam_step(state.step + 1, state.learning_rate, gradient, state_.moments, state.network);
    };
    return phase;
  }

  algorithm::TrainingSettings training_;
  algorithm::Task task_;
  Descent descent_;
  AdamState state_;
};

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task) {
  return std::make_unique<BiasedRun>(task, std::make_unique<AdamRun>(task));
}

algorithm::Price price(const algorithm::PointOutline& point) {
  algorithm::Price price = biased_price(point, batching_of(point.training, point.samples), 1);
  const double parameters = network_parameters(point);
  price.flops_per_step += biased_share(point.training) * k_flops_per_parameter * parameters;
  price.bytes += 8 * 2 * parameters;  // moments
  return price;
}

}  // namespace

algorithm::Algorithm adam_algorithm() {
  return {
      .name = "adam",
      .start = start,
      .price = price,
      .trains_linear_layers = true,
      .description =
          "Adam on minibatches, from a small initialization: gradients g, divided by the root\n"
          "of their running mean square,\n"
          "    m <- 0.9 m + 0.1 g,  v <- 0.999 v + 0.001 g^2,\n"
          "    theta <- theta - eta m^ / (sqrt(v^) + 1e-8),\n"
          "m^ and v^ without the bias of their start at 0. Weight decay is part of the\n"
          "gradient, g = grad L + lambda theta, as in torch.optim.Adam(weight_decay=lambda), not\n"
          "as in AdamW. training.learning-rate = auto is 0.001.",
      .source = "Kingma, Ba 2015 (arXiv 1412.6980)",
      .ending = k_biased_ending,
      .keys = {"training.steps", "training.learning-rate", "network.initialization",
               "training.initial-scale", "training.batch", "training.batches",
               "training.weight-decay", "training.flow-tolerance", "training.handover-loss",
               "training.polish", "training.precision"}};
}

}  // namespace flatgrid::descent
