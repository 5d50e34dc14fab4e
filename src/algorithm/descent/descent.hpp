// SPDX-License-Identifier: MIT
/// Common parts of the gradient algorithms: a stable step size, heavy-ball momentum, recovery from a step
/// that was too long, the hand-over to the polish. An algorithm supplies its gradient.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/descent/step_size.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::descent {

/// The state of a descent between two steps.
struct DescentState {
  network::Network<double> network;
  network::Network<double> velocity;  ///< heavy-ball memory, the shape of the network
  VectorD curvature_direction;        ///< [n], warm start of the power iteration for lambda_max
  double learning_rate = 0;
  std::int64_t step = 0;    ///< number of evaluated gradients
  double epoch_loss = 0;    ///< mean loss over the current epoch so far
  double largest_loss = 0;  ///< a loss above this means that the step was too long
  /// Factor of the automatic step size, halved at every recovery.
  double step_share = 1;
  network::Network<double>
      last_good;  ///< the network to recover: its loss is at most the largest loss
  VectorD last_good_direction;
  bool curvature_stale = false;  ///< whether something other than a step has changed the network
  bool finished = false;
  bool diverged = false;
};

template <class Archive>
void serialize(Archive& archive, DescentState& state) {
  auto& [network, velocity, curvature_direction, learning_rate, step, epoch_loss, largest_loss,
         step_share, last_good, last_good_direction, curvature_stale, finished, diverged] = state;
  archive(network, velocity, curvature_direction, learning_rate, step, epoch_loss, largest_loss,
          step_share, last_good, last_good_direction, curvature_stale, finished, diverged);
}

/// One phase of a descent.
struct Phase {
  /// The samples of a gradient. They determine the stable step size, and the number of steps of an epoch.
  Batching batching;
  /// The last step of the phase.
  std::int64_t last_step;
  /// Whether the descent is finished when the mean loss over an epoch has fallen to the hand-over loss.
  bool hands_over;
  /// Writes the gradient at state.network for the step state.step, and returns the loss of its samples.
  std::function<double(const DescentState& state, network::Network<double>& gradient)> gradient =
      nullptr;
  /// Used instead of `gradient` if a step has one sample.
  std::function<double(const DescentState& state, network::SampleGradient<double>& gradient)>
      sample_gradient = nullptr;
  /// The curvature of a term that is added to the train loss, if there is one.
  std::function<double(const DescentState& state)> added_curvature = nullptr;
  double momentum;
  double label_noise = 0;  ///< delta by which the labels are perturbed
  /// lambda: the descent is one on L + lambda/2 ||theta||^2. The loss, which decides about the hand-over and a
  /// step that was too long, is L.
  double weight_decay = 0;
  /// Used instead of the heavy-ball step: changes the state by the gradient.
  std::function<void(const network::Network<double>& gradient, DescentState& state)> update =
      nullptr;
};

/// The train loss over some samples and its gradient, in the precision of the training.
class TrainLoss {
 public:
  explicit TrainLoss(const algorithm::Task& task);

  /// The loss of `network` over samples X [d, n], y [n], and its gradient.
  double operator()(const network::Network<double>& network, const MatrixD& inputs,
                    const VectorD& labels, network::Network<double>& gradient);

 private:
  /// Copies in single precision, made for every gradient: O(n d + m d) of 4 n d m operations.
  struct InFloat {
    std::shared_ptr<const network::Activation<float>> activation;
    network::Workspace<float> workspace;
    network::Network<float> network;
    network::Network<float> gradient;
    Matrix<float> inputs;
    Vector<float> labels;
  };

  const network::Activation<double>* activation_;
  network::Workspace<double> workspace_;
  std::optional<InFloat> in_float_;
};

/// gradient += lambda theta, the gradient of lambda/2 ||theta||^2.
void add_weight_decay(double lambda, const network::Network<double>& network,
                      network::Network<double>& gradient);

/// The state at step 0 of a descent from `network` on batches of at least `least_batch` different samples,
/// whose labels are perturbed by at most `label_noise`.
DescentState start_descent(const algorithm::Task& task, network::Network<double> network,
                           Index least_batch, double label_noise);

/// Descends through one phase.
///
/// With the automatic step size a descent cannot diverge. If the loss of a step becomes infinite or NaN or
/// exceeds the largest loss (ten times the largest loss of any batch at the zero and at the initial network),
/// the descent returns to its last good network, with velocity 0 and permanently half the step size. This may
/// happen repeatedly: descent is stable if the step is short enough. Steps before the return count. With a
/// step size chosen by the user the descent does not return; it diverges.
class Descent {
 public:
  Descent(const algorithm::Task& task, Phase phase);

  /// Takes steps until state.step is `end` or the last step of the phase, or until the state is finished or
  /// diverged. The state is finished at training.steps at the latest.
  void advance(std::int64_t end, DescentState& state);

 private:
  void set_step_size(DescentState& state);
  void go_back(DescentState& state) const;
  double gradient(const DescentState& state);
  void step(DescentState& state) const;
  /// Whether `step` uses the gradient of one sample, of rank one, without a matrix [m, d] for it.
  [[nodiscard]] bool has_rank_one() const;

  algorithm::Task task_;
  Phase phase_;
  network::Workspace<double> workspace_;
  network::Network<double> gradient_;
  network::SampleGradient<double> sample_gradient_;
  double handover_loss_;
  std::optional<BatchCurvature> curvature_;  ///< for the automatic step size
};

/// A run that descends through one phase, followed by the polish.
class DescentRun final : public algorithm::Run {
 public:
  DescentRun(const algorithm::Task& task, network::Network<double> initial, const Phase& phase);

  void advance(std::int64_t budget) override;
  [[nodiscard]] bool finished() const override { return state_.finished; }
  [[nodiscard]] bool diverged() const override { return state_.diverged; }
  [[nodiscard]] std::int64_t steps() const override { return state_.step; }
  [[nodiscard]] const network::Network<double>* network() const override { return &state_.network; }
  [[nodiscard]] const algorithm::Task* polish_task() const override { return &task_; }
  [[nodiscard]] std::string obstacle() const override;
  [[nodiscard]] std::string save() const override;
  void load(std::string_view bytes) override;

 private:
  algorithm::Task task_;
  Descent descent_;
  DescentState state_;
};

/// The small initialization of the rich regime, of the law network.initialization. Different values of `draw` give
/// independent networks.
network::Network<double> small_network(const algorithm::Task& task, std::uint64_t draw = 0);

/// The steps that a descent takes for itself if it does not converge to an interpolator: before the hand-over
/// to the gradient flow a share of training.steps, without a polish all of them.
inline constexpr double k_share_before_handover = 0.75;
double biased_share(const algorithm::TrainingSettings& training);
std::int64_t biased_steps(const algorithm::TrainingSettings& training);

/// The train loss L = r ||y||^2 / 2n at which the relative squared residual r is
/// training.handover-loss.
double handover_loss(const algorithm::Task& task);

/// Descent on the train loss over all samples, down to the hand-over loss.
Phase full_batch(const algorithm::Task& task);

/// The number of parameters of a network.
double network_parameters(const algorithm::PointOutline& point);

/// The flops of a gradient in the linear layers and of their product; 0 without them.
double layers_flops(const algorithm::PointOutline& point);

/// The price of a descent whose steps use `samples_per_step` samples on average.
algorithm::Price descent_price(const algorithm::PointOutline& point, double samples_per_step);

/// The samples of a step.
struct Batch {
  MatrixD inputs;  ///< [d, size]
  VectorD labels;  ///< [size]
};

/// The minibatches of a stochastic algorithm, of min(training.batch, n) samples, by training.batches:
///   epochs        every epoch goes through the samples in a new random order, keyed by the epoch; the n mod B
///                 samples left are not used in this epoch
///   whole-epochs  the same; the samples left are a smaller batch at its end
///   draws         every sample of a batch is drawn from all n, keyed by the step
class Minibatches {
 public:
  explicit Minibatches(const algorithm::Task& task);

  /// The samples of a step. The caller may change the labels; valid until the next call.
  Batch& select(std::int64_t step);

 private:
  void draw(std::int64_t step);
  void shuffle(std::int64_t epoch);

  algorithm::Task task_;
  Batching batching_;
  Batch whole_, rest_;       ///< batches of B and of n mod B samples
  std::int64_t epoch_ = -1;  ///< the epoch of `order_`
  std::vector<Index>
      order_;  ///< a permutation of the samples; with replacement the samples of a batch
};

/// Sets the gradient of `phase` to that of the train loss over the minibatch of the step;
/// `perturb(step, labels)` may change the labels first.
void follow_minibatches(Phase& phase, const algorithm::Task& task,
                        const std::function<void(std::int64_t step, VectorD& labels)>& perturb);

/// The minibatches of min(training.batch, n) samples, by training.batches.
Batching batching_of(const algorithm::TrainingSettings& training, Index samples);

/// training.weight-decay of all algorithms but mean-field-langevin.
double weight_decay(const algorithm::TrainingSettings& training);

}  // namespace flatgrid::descent
