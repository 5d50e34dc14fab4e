// SPDX-License-Identifier: MIT
/// The loop that all gradient algorithms share: a stable step size, heavy-ball momentum, the hand-over
/// to the polish, divergence. What an algorithm adds is the gradient it follows.
#pragma once

#include <functional>

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid {

/// One way to descend; an algorithm may go through several in a row.
struct Descent {
  /// Samples whose mean makes a gradient. They set the stable step size, and an epoch is as many
  /// steps as see every sample once.
  Index batch;
  /// Whether to finish once the mean loss over an epoch is down at the hand-over loss.
  bool hands_over;
  /// Writes the gradient at state.network for the step state.step, and returns the loss it saw.
  std::function<double(const AlgorithmState& state, Network<double>& gradient)> gradient;
  /// Curvature of what is added to the train loss, if anything.
  std::function<double(const AlgorithmState& state)> added_curvature = nullptr;
};

/// Puts the state at step 0 of a descent from `network`.
void start_descent(const Task& task, AlgorithmState& state, Network<double> network);

/// The same from the small initialization of the rich regime.
void start_small(const Task& task, AlgorithmState& state);

/// Takes steps until state.step == last_step or the state is finished or diverged. It is finished
/// at training.steps in any case. Does nothing if it is there already.
void descend(const Task& task, const Descent& descent, std::int64_t last_step,
             AlgorithmState& state);

/// `descend` on the train loss itself, all samples at once, down to the hand-over loss.
void descend_full_batch(const Task& task, std::int64_t last_step, AlgorithmState& state);

/// The step at which a call of `advance` with this budget ends at the latest.
std::int64_t end_of_budget(const Task& task, const AlgorithmState& state, std::int64_t budget);

/// Algorithms that follow something other than the train loss to a flatter place do so for this share
/// of training.steps. The rest is for plain descent to the hand-over loss.
inline constexpr double k_biased_share = 0.75;
std::int64_t biased_steps(const TrainingSettings& training);

/// Both phases, up to last_step: `gradient`, on minibatches of `batch` samples, for the biased
/// share, then `descend_full_batch`.
void descend_biased(const Task& task, Index batch,
                    const std::function<double(const AlgorithmState&, Network<double>&)>& gradient,
                    std::int64_t last_step, AlgorithmState& state);

/// Samples in a step of both phases on average, a biased step going through its minibatch
/// `passes` times.
double biased_samples_per_step(const TrainingSettings& training, Index samples, int passes);

/// The minibatches of a stochastic algorithm: every epoch goes through the samples in a new random
/// order, keyed by the epoch, in batches of min(training.batch, n); what is left over at its end
/// sits out.
class Minibatches {
 public:
  explicit Minibatches(const Task& task);

  /// Fills `inputs` [d, size] and `labels` [size] with the samples that the step sees.
  void select(std::int64_t step);

  MatrixD inputs;
  VectorD labels;

 private:
  const Task& task_;
  std::int64_t epoch_ = -1;   ///< the epoch that `order_` is of
  std::vector<Index> order_;  ///< a permutation of the samples
};

/// Samples in a minibatch: min(training.batch, n).
Index batch_size(const TrainingSettings& training, Index samples);

}  // namespace flatgrid
