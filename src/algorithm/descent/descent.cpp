// SPDX-License-Identifier: MIT
#include "descent.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/algorithm/frozen_biases.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::descent {

namespace {

/// The number of power iterations for lambda_max at step 0 and later, and the least number of steps and epochs
/// between two of them: an iteration passes twice through all samples, for any batch.
constexpr int k_first_power_iterations = 12;
constexpr int k_power_iterations = 3;
constexpr std::int64_t k_curvature_interval = 256;
constexpr std::int64_t k_curvature_epochs = 16;
/// A step was too long if its loss exceeds the largest initial loss by this factor.
constexpr double k_largest_rise = 10;

/// Whether the step size is updated: at steps 0, 1, 2, 4, 8, ... and then at every multiple of the interval. It
/// depends only on the step, so that an interrupted run takes the same steps.
bool curvature_due(std::int64_t step, std::int64_t epoch) {
  const std::int64_t interval = std::max(k_curvature_interval, k_curvature_epochs * epoch);
  return step % interval == 0 || (step < interval && (step & (step - 1)) == 0);
}

}  // namespace

TrainLoss::TrainLoss(const algorithm::Task& task)
    : activation_(&task.activation), workspace_(task.width) {
  if (task.training.precision == "float") {
    in_float_.emplace(
        InFloat{task.activation.in_float(), network::Workspace<float>(task.width), {}, {}, {}, {}});
  }
}

double TrainLoss::operator()(const network::Network<double>& network, const MatrixD& inputs,
                             const VectorD& labels, network::Network<double>& gradient) {
  if (!in_float_) {
    return network::loss_and_gradient(*activation_, network, inputs, labels, workspace_, gradient);
  }
  auto& single = *in_float_;
  single.network.linear.resize(network.linear.size());
  single.gradient.linear.resize(network.linear.size());
  network::for_each_layer(
      [](const auto& layer, auto& in_float, auto& of_gradient) {
        in_float = layer.template cast<float>();
        of_gradient.resizeLike(in_float);
      },
      network, single.network, single.gradient);
  single.inputs = inputs.cast<float>();
  single.labels = labels.cast<float>();
  const float loss = network::loss_and_gradient(*single.activation, single.network, single.inputs,
                                                single.labels, single.workspace, single.gradient);
  network::for_each_layer(
      [](const auto& in_float, auto& layer) { layer = in_float.template cast<double>(); },
      single.gradient, gradient);
  return loss;
}

void add_weight_decay(double lambda, const network::Network<double>& network,
                      network::Network<double>& gradient) {
  network::for_each_layer([&](const auto& layer, auto& of_layer) { of_layer += lambda * layer; },
                          network, gradient);
}

DescentState start_descent(const algorithm::Task& task, network::Network<double> network,
                           Index least_batch, double label_noise) {
  DescentState state;
  state.network = std::move(network);
  state.velocity = task.zero_network();
  state.curvature_direction = VectorD::Ones(task.samples());
  if (task.training.learning_rate) state.learning_rate = *task.training.learning_rate;
  state.last_good = state.network;
  state.last_good_direction = state.curvature_direction;
  // The mean over a batch of B is at most n / B times the mean over all samples; with labels perturbed by
  // delta, (f - y +- delta)^2 <= 2 (f - y)^2 + 2 delta^2.
  network::Workspace<double> workspace(task.width);
  VectorD outputs;
  network::predict(task.activation, state.network, task.inputs, workspace, outputs);
  const double largest_square =
      std::max((outputs - task.labels).squaredNorm(), task.labels.squaredNorm());
  const double noise_square = static_cast<double>(task.samples()) * label_noise * label_noise;
  state.largest_loss =
      k_largest_rise * (largest_square + noise_square) / static_cast<double>(least_batch);
  return state;
}

Descent::Descent(const algorithm::Task& task, Phase phase)
    : task_(task),
      phase_(std::move(phase)),
      workspace_(task.width),
      gradient_(task.zero_network()),
      handover_loss_(handover_loss(task)) {
  if (!task.training.learning_rate) curvature_.emplace(task, phase_.batching, phase_.momentum);
}

void Descent::set_step_size(DescentState& state) {
  // eta = fraction 2 / lambda
  const int iterations = state.step == 0 ? k_first_power_iterations : k_power_iterations;
  double curvature =
      (*curvature_)(state.network, workspace_, iterations, state.curvature_direction);
  curvature += phase_.weight_decay;
  if (phase_.added_curvature) curvature += phase_.added_curvature(state);
  state.learning_rate = state.step_share * (2 * task_.training.stability_fraction / curvature);
  state.curvature_stale = false;
}

void Descent::go_back(DescentState& state) const {
  state.network = state.last_good;
  state.velocity = task_.zero_network();
  state.curvature_direction = state.last_good_direction;
  state.step_share /= 2;
  state.curvature_stale = true;
  state.finished = ++state.step >= task_.training.steps;
}

bool Descent::has_rank_one() const {
  return phase_.sample_gradient && phase_.weight_decay == 0 && !phase_.update;
}

double Descent::gradient(const DescentState& state) {
  double loss = 0;
  if (phase_.sample_gradient) {
    loss = phase_.sample_gradient(state, sample_gradient_);
    if (task_.has_frozen_biases()) sample_gradient_.input.tail(1).setZero();
    if (has_rank_one()) return loss;
    const auto& [outer, preactivation, input] = sample_gradient_;
    gradient_.inner.noalias() = preactivation * input.transpose();
    gradient_.outer = outer;
  } else {
    loss = phase_.gradient(state, gradient_);
  }
  if (phase_.weight_decay > 0) add_weight_decay(phase_.weight_decay, state.network, gradient_);
  algorithm::keep_frozen_biases(task_, gradient_);
  return loss;
}

void Descent::step(DescentState& state) const {
  if (phase_.update) {
    phase_.update(gradient_, state);
    return;
  }
  network::Network<double>& network = state.network;
  network::Network<double>& velocity = state.velocity;
  const auto& [outer, preactivation, input] = sample_gradient_;
  const double beta = phase_.momentum;
  const double eta = state.learning_rate;
  if (beta == 0) {  // theta -= eta grad L: memory-bound, and a velocity would double the traffic
    if (has_rank_one()) {
      network.outer -= eta * outer;
      for (Index k = 0; k < input.size(); ++k) {
        network.inner.col(k) -= (eta * input(k)) * preactivation;
      }
    } else {
      network::for_each_layer([&](const auto& g, auto& theta) { theta -= eta * g; }, gradient_,
                              network);
    }
    return;
  }
  // v = beta v - eta grad L;  theta += v
  if (has_rank_one()) {
    velocity.outer = beta * velocity.outer - eta * outer;
    for (Index k = 0; k < input.size(); ++k) {
      velocity.inner.col(k) = beta * velocity.inner.col(k) - (eta * input(k)) * preactivation;
      network.inner.col(k) += velocity.inner.col(k);
    }
    network.outer += velocity.outer;
  } else {
    const auto move = [&](const auto& g, auto& v, auto& theta) {
      v = beta * v - eta * g;
      theta += v;
    };
    network::for_each_layer(move, gradient_, velocity, network);
  }
}

void Descent::advance(std::int64_t end, DescentState& state) {
  end = std::min(end, phase_.last_step);
  const std::int64_t epoch = phase_.batching.steps_per_epoch();
  while (state.step < end && !state.finished && !state.diverged) {
    const bool due = curvature_due(state.step, epoch);
    if (curvature_ && (due || state.curvature_stale)) set_step_size(state);
    const double loss = gradient(state);
    if (state.step % epoch == 0) state.epoch_loss = 0;
    state.epoch_loss += loss / static_cast<double>(epoch);
    const bool epoch_ends = state.step % epoch == epoch - 1;
    if (!std::isfinite(loss) || (curvature_ && loss > state.largest_loss)) {
      if (curvature_) {
        go_back(state);
      } else {
        state.diverged = true;
      }
    } else if (phase_.hands_over && epoch_ends && state.epoch_loss <= handover_loss_) {
      state.finished = true;
    } else {
      if (curvature_ && due) {
        state.last_good = state.network;
        state.last_good_direction = state.curvature_direction;
      }
      step(state);
      state.finished = ++state.step >= task_.training.steps;
    }
  }
}

DescentRun::DescentRun(const algorithm::Task& task, network::Network<double> initial,
                       const Phase& phase)
    : task_(task),
      descent_(task, phase),
      state_(start_descent(task, std::move(initial), phase.batching.least(), phase.label_noise)) {}

void DescentRun::advance(std::int64_t budget) {
  descent_.advance(state_.step + std::min(budget, task_.training.steps - state_.step), state_);
}

std::string DescentRun::save() const { return bytes_of(state_); }
void DescentRun::load(std::string_view bytes) { state_ = from_bytes<DescentState>(bytes); }

std::string DescentRun::obstacle() const {
  // With the automatic step size a run cannot diverge.
  return diverged() ? "try a smaller training.learning-rate, or auto" : "";
}

network::Network<double> small_network(const algorithm::Task& task, std::uint64_t draw) {
  const algorithm::Initialization& initialization = *task.training.initialization;
  const auto law = initialization.is_uniform     ? uniform_network
                   : initialization.is_spherical ? spherical_network
                                                 : gaussian_network;
  const double scale = task.training.initial_scale;
  network::Network<double> network = algorithm::with_frozen_biases(
      task, law(task.seed, task.width, task.trained_dimension(), scale, draw));
  network.linear = initial_layers(task.seed, task.dimension(), task.hidden(), scale,
                                  initialization.is_uniform, draw);
  return task.network.outer->trained ? network : with_signs(std::move(network));
}

double biased_share(const algorithm::TrainingSettings& training) {
  return training.polish ? k_share_before_handover : 1;
}

std::int64_t biased_steps(const algorithm::TrainingSettings& training) {
  return static_cast<std::int64_t>(biased_share(training) * static_cast<double>(training.steps));
}

double handover_loss(const algorithm::Task& task) {
  return task.training.handover_loss * task.labels.squaredNorm() /
         (2.0 * static_cast<double>(task.samples()));
}

Phase full_batch(const algorithm::Task& task) {
  return {.batching = {task.samples(), task.samples()},
          .last_step = std::numeric_limits<std::int64_t>::max(),
          .hands_over = true,
          .gradient =
              [task, train_loss = TrainLoss(task)](const DescentState& at,
                                                   network::Network<double>& gradient) mutable {
                return train_loss(at.network, task.inputs, task.labels, gradient);
              },
          .momentum = task.training.momentum};
}

double network_parameters(const algorithm::PointOutline& point) {
  return network::parameter_count(point.width, point.dimension(), point.hidden());
}

double layers_flops(const algorithm::PointOutline& point) {
  if (!point.network.has_linear_layers()) return 0;
  const auto d = static_cast<double>(point.dimension());
  return 6 * d * (network_parameters(point) - static_cast<double>(point.width));
}

algorithm::Price descent_price(const algorithm::PointOutline& point, double samples_per_step) {
  const auto m = static_cast<double>(point.width);
  const auto d = static_cast<double>(point.dimension());
  const auto n = static_cast<double>(point.samples);
  // Network, velocity, last good network, gradients of two phases, a direction of the power iteration and the
  // network at which an algorithm takes a gradient; minibatch; a Gram matrix of the inputs and its eigenvalues.
  const double gram = std::min(n, d);
  return {.steps = static_cast<double>(point.training.steps),
          .flops_per_step = 4 * samples_per_step * d * m + layers_flops(point),
          .bytes = 8 * (8 * network_parameters(point) + n * (d + 1) + 4 * gram * gram),
          .polished = true};
}

Batching batching_of(const algorithm::TrainingSettings& training, Index samples) {
  return {.samples = samples,
          .size = std::min<Index>(training.batch, samples),
          .with_replacement = training.batches->with_replacement,
          .keeps_rest = training.batches->keeps_rest};
}

double weight_decay(const algorithm::TrainingSettings& training) {
  return training.weight_decay.value_or(0);
}

Minibatches::Minibatches(const algorithm::Task& task)
    : task_(task),
      batching_(batching_of(task.training, task.samples())),
      whole_{MatrixD(task.dimension(), batching_.size), VectorD(batching_.size)},
      rest_{MatrixD(task.dimension(), batching_.rest()), VectorD(batching_.rest())},
      order_(
          static_cast<std::size_t>(batching_.with_replacement ? batching_.size : task.samples())) {}

void Minibatches::draw(std::int64_t step) {
  random::Stream stream(task_.seed, random::Purpose::minibatch_draws,
                        static_cast<std::uint64_t>(step));
  const auto n = static_cast<double>(task_.samples());
  for (Index& sample : order_) sample = static_cast<Index>(stream.uniform() * n);
}

void Minibatches::shuffle(std::int64_t epoch) {
  if (epoch_ == epoch) return;
  epoch_ = epoch;
  // Fisher-Yates
  std::iota(order_.begin(), order_.end(), Index{0});
  random::Stream stream(task_.seed, random::Purpose::minibatch, static_cast<std::uint64_t>(epoch_));
  for (std::size_t left = order_.size(); left > 1; --left) {
    const auto pick = static_cast<std::size_t>(stream.uniform() * static_cast<double>(left));
    std::swap(order_[left - 1], order_[pick]);
  }
}

Batch& Minibatches::select(std::int64_t step) {
  const Index steps_per_epoch = batching_.steps_per_epoch();
  const Index number = step % steps_per_epoch;
  std::size_t first = 0;
  if (batching_.with_replacement) {
    draw(step);
  } else {
    shuffle(step / steps_per_epoch);
    first = static_cast<std::size_t>(number * batching_.size);
  }
  const bool ends_with_rest = batching_.rest() > 0 && number == steps_per_epoch - 1;
  Batch& batch = ends_with_rest ? rest_ : whole_;
  for (Index i = 0; i < batch.labels.size(); ++i) {
    const Index sample = order_[first + static_cast<std::size_t>(i)];
    batch.inputs.col(i) = task_.inputs.col(sample);
    batch.labels(i) = task_.labels(sample);
  }
  return batch;
}

void follow_minibatches(Phase& phase, const algorithm::Task& task,
                        const std::function<void(std::int64_t step, VectorD& labels)>& perturb) {
  if (phase.batching.size == 1 && !task.network.has_linear_layers()) {
    phase.sample_gradient = [task, perturb, minibatches = Minibatches(task), z = VectorD()](
                                const DescentState& at,
                                network::SampleGradient<double>& gradient) mutable {
      Batch& batch = minibatches.select(at.step);
      perturb(at.step, batch.labels);
      gradient.input = batch.inputs.col(0);
      z.noalias() = at.network.inner * gradient.input;
      return network::sample_loss_and_gradient(task.activation, at.network.outer, z,
                                               batch.labels(0), gradient);
    };
  } else {
    phase.gradient = [perturb, minibatches = Minibatches(task), train_loss = TrainLoss(task)](
                         const DescentState& at, network::Network<double>& gradient) mutable {
      Batch& batch = minibatches.select(at.step);
      perturb(at.step, batch.labels);
      return train_loss(at.network, batch.inputs, batch.labels, gradient);
    };
  }
}

}  // namespace flatgrid::descent
