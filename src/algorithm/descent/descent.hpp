// SPDX-License-Identifier: MIT
/// What all gradient algorithms share: a stable step size, heavy-ball momentum, the way back from a
/// step that was too long, the hand-over to the polish. What an algorithm adds is the gradient it
/// follows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/descent/step_size.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::descent {

/// What a descent carries from one step to the next.
struct DescentState {
  network::Network<double> network;
  network::Network<double> velocity;  ///< heavy-ball memory, the shape of the network
  VectorD curvature_direction;        ///< [n], warm start of the power iteration for lambda_max
  double learning_rate = 0;
  std::int64_t step = 0;    ///< gradients evaluated
  double epoch_loss = 0;    ///< mean loss over the present epoch so far
  double largest_loss = 0;  ///< above this a step has been too long
  /// The automatic step size is cut to this share of itself: halved at every way back.
  double step_share = 1;
  network::Network<double>
      last_good;  ///< where the way back leads: a network of at most the largest loss
  VectorD last_good_direction;
  bool curvature_stale = false;  ///< the network has been changed by other than a step
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

/// One way to descend.
struct Phase {
  /// Samples whose mean makes a gradient. They set the stable step size, and an epoch is as many
  /// steps as see every sample once.
  Index batch;
  /// The step it ends at, at the latest.
  std::int64_t last_step;
  /// Whether the descent is finished once the mean loss over an epoch is down at the hand-over
  /// loss.
  bool hands_over;
  /// Writes the gradient at state.network for the step state.step, and returns the loss it saw.
  std::function<double(const DescentState& state, network::Network<double>& gradient)> gradient =
      nullptr;
  /// Instead, where a step sees one sample.
  std::function<double(const DescentState& state, network::SampleGradient<double>& gradient)>
      sample_gradient = nullptr;
  /// Curvature of what is added to the train loss, if anything.
  std::function<double(const DescentState& state)> added_curvature = nullptr;
  double momentum;
  double label_noise = 0;  ///< delta by which the labels are moved up or down
};

/// The train loss over some samples and its gradient, in the precision of the training.
class TrainLoss {
 public:
  explicit TrainLoss(const algorithm::Task& task);

  /// The loss of `network` over samples X [d, n], y [n], and its gradient.
  double operator()(const network::Network<double>& network, const MatrixD& inputs,
                    const VectorD& labels, network::Network<double>& gradient);

 private:
  /// What is rounded to single precision for every gradient: O(n d + m d) of 4 n d m.
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

/// The state at step 0 of a descent from `network` on batches of at least `least_batch` samples, whose
/// labels are moved by `label_noise` at the most.
DescentState start_descent(const algorithm::Task& task, network::Network<double> network,
                           Index least_batch, double label_noise);

/// Descends through one phase.
///
/// The automatic step size cannot diverge: where the loss of a step leaves the finite numbers or
/// exceeds the largest loss, ten times what any batch can show at the zero and at the initial
/// network, the descent goes back to its last good network, at rest and with half the step for
/// good. That happens as often as it must: for a step short enough, descent is stable everywhere.
/// Steps on the way there and back count. A step size of the user's own has no way back: it
/// diverges.
class Descent {
 public:
  Descent(const algorithm::Task& task, Phase phase);

  /// Takes steps until state.step == end or that of the phase's end, or the state is finished or
  /// diverged. It is finished at training.steps in any case. Does nothing if it is there already.
  void advance(std::int64_t end, DescentState& state);

 private:
  void set_step_size(DescentState& state);
  void go_back(DescentState& state) const;
  double gradient(const DescentState& state);
  void step(DescentState& state) const;

  algorithm::Task task_;
  Phase phase_;
  network::Workspace<double> workspace_;
  network::Network<double> gradient_;
  network::SampleGradient<double> sample_gradient_;
  double handover_loss_;
  std::optional<BatchCurvature> curvature_;  ///< of an automatic step size
};

/// A run that descends through one phase, and is polished.
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

/// The small initialization of the rich regime.
network::Network<double> small_network(const algorithm::Task& task);

/// The train loss L = r ||y||^2 / 2n at which the relative squared residual r is
/// training.handover-loss.
double handover_loss(const algorithm::Task& task);

/// Descent on the train loss itself, all samples at once, down to the hand-over loss.
Phase full_batch(const algorithm::Task& task);

/// What a descent takes whose steps see `samples_per_step` samples on average.
algorithm::Price descent_price(const algorithm::PointOutline& point, double samples_per_step);

/// The minibatches of a stochastic algorithm: every epoch goes through the samples in a new random
/// order, keyed by the epoch, in batches of min(training.batch, n); what is left over at its end
/// sits out.
class Minibatches {
 public:
  explicit Minibatches(const algorithm::Task& task);

  /// Fills `inputs` [d, size] and `labels` [size] with the samples that the step sees.
  void select(std::int64_t step);

  MatrixD inputs;
  VectorD labels;

 private:
  algorithm::Task task_;
  std::int64_t epoch_ = -1;   ///< the epoch that `order_` is of
  std::vector<Index> order_;  ///< a permutation of the samples
};

/// Sets the gradient of `phase`: of the train loss over the minibatch of the step, whose labels
/// `perturb(step, labels)` may change first.
void follow_minibatches(Phase& phase, const algorithm::Task& task,
                        const std::function<void(std::int64_t step, VectorD& labels)>& perturb);

/// Samples in a minibatch: min(training.batch, n).
Index batch_size(const algorithm::TrainingSettings& training, Index samples);

}  // namespace flatgrid::descent
