// SPDX-License-Identifier: MIT
/// The families interpolators come from, and the state they share.
///
/// An algorithm is a small resumable process: a plain state, `start` that fills it, `advance` that
/// moves it by a budget of steps, and `finished`. The pipeline drives it, so that stopping,
/// histories and progress are written once. A new algorithm is one file in `src/algorithm/` and one line
/// in the registry of `algorithm.cpp`.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "flatgrid/algorithm/settings.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/data_set.hpp"

namespace flatgrid {

/// What an algorithm is given: the learning task of one grid point. References outlive the algorithm.
struct Task {
  const TrainingSettings& training;
  const Activation<double>& activation;
  const IndexModel& target;  ///< f*; only `teacher` and `approximation` may look at it
  const MatrixD& inputs;     ///< X, [d, n]
  const VectorD& labels;     ///< y, [n], with the noise of the grid point
  Index width;               ///< m
  std::int64_t seed;
  const PopulationLoss& population_loss;  ///< only `approximation` may look at it
  const ProblemSettings& problem;         ///< what the inputs and f* are made of
};

/// Samples to train on.
struct TrainingSet {
  MatrixD inputs;  ///< [d, number of samples]
  VectorD labels;  ///< [number of samples]
};

/// The task with these samples, which must outlive it, in place of its own.
Task on_samples(const Task& task, const TrainingSet& samples);

/// Everything an algorithm carries from one step to the next.
struct AlgorithmState {
  Network<double> network;
  Network<double> velocity;     ///< heavy-ball memory, the shape of the network
  VectorD curvature_direction;  ///< [n], warm start of the power iteration for lambda_max
  double learning_rate = 0;
  std::int64_t step = 0;  ///< gradient steps taken
  double loss = 0;  ///< train loss before the last step; of its batch for stochastic algorithms
  double epoch_loss = 0;  ///< mean loss over the present epoch so far
  Network<double> best;   ///< `flattest`: the best of the searches so far
  double best_objective = std::numeric_limits<double>::infinity();  ///< and its penalized loss
  double window_loss = 0;         ///< `approximation`: the loss a while ago
  std::int64_t momentum_age = 0;  ///< `approximation`: steps since its momentum was restarted
  bool finished = false;
  bool diverged = false;
};

struct Algorithm {
  std::string_view name;
  /// Gradient-based: ends with the polish, and costs its steps.
  bool trained;
  /// Puts the state at step 0.
  std::function<void(const Task&, AlgorithmState&)> start;
  /// Takes at most `budget` further steps; sets `finished` or `diverged`.
  std::function<void(const Task&, AlgorithmState&, std::int64_t budget)> advance = nullptr;
  /// Samples that enter a gradient step of a task of n samples, on average: what it costs.
  std::function<double(const TrainingSettings&, Index n)> samples_per_step =
      [](const TrainingSettings&, Index n) { return static_cast<double>(n); };
  /// Where an algorithm trains, and is polished, on other samples than the task's: these. It is given
  /// the task with these samples in place of its own; it is measured on its own.
  std::function<TrainingSet(const Task&)> training_set = nullptr;
  /// Changes the polished network without changing its function.
  std::function<void(const Task&, Network<double>&)> rebalance = nullptr;
  /// What keeps a point from interpolating where it does not.
  std::string_view obstacle = "the polish stalled";
};

/// Names accepted on the axis `algorithm`.
std::span<const std::string_view> algorithm_names();

/// The algorithm of that name. Throws Error for an unknown name.
const Algorithm& find_algorithm(std::string_view name);

}  // namespace flatgrid
