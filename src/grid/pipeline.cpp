// SPDX-License-Identifier: MIT
#include "flatgrid/grid/pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/base/clock.hpp"
#include "flatgrid/grid/measurement.hpp"
#include "flatgrid/grid/point_task.hpp"

namespace flatgrid {

namespace {

/// Work between two calls of `go_on`: some ten milliseconds.
constexpr double k_chunk_flops = 2e8;

/// `GoOn` of a state whose clock is set first.
using Pause = std::function<bool(PointState&)>;

void record_history(const Record& record, Index row, MatrixD& history) {
  Index column = 0;
  for (const Variable& variable : result_variables()) {
    if (variable.in_history) history(row, column++) = record.*variable.value;
  }
}

/// Drives the algorithm to its end on the training task, through the steps of the history, where the
/// network is measured on the task itself. False if asked to stop.
bool train(const Task& task, const Task& training_task, const Algorithm& algorithm,
           const std::vector<std::int64_t>& checkpoints, const Pause& pause, PointState& state) {
  const double step_flops = 4.0 * static_cast<double>(task.inputs.rows() * task.width) *
                            algorithm.samples_per_step(task.training, task.inputs.cols());
  const auto chunk = std::max<std::int64_t>(1, std::llround(k_chunk_flops / step_flops));
  AlgorithmState& algorithm_state = state.algorithm;
  auto next = std::ranges::upper_bound(checkpoints, algorithm_state.step);
  while (!algorithm_state.finished && !algorithm_state.diverged) {
    const std::int64_t until = next != checkpoints.end() ? *next : task.training.steps;
    algorithm.advance(training_task, algorithm_state,
                      std::min(chunk, until - algorithm_state.step));
    if (next != checkpoints.end() && algorithm_state.step == *next && !algorithm_state.diverged) {
      // The last row is the end, whenever it comes.
      if (next + 1 != checkpoints.end()) {
        Record record;
        measure_network(task, algorithm_state.network, record);
        record_history(record, next - checkpoints.begin(), state.history);
      }
      ++next;
    }
    state.fraction =
        static_cast<double>(algorithm_state.step) / static_cast<double>(task.training.steps);
    if (!pause(state)) return false;
  }
  return true;
}

/// Polishes the trained network. False if asked to stop.
bool polish(const Task& task, const Pause& pause, PointState& state) {
  const auto samples = static_cast<double>(task.inputs.cols());
  const double flops = samples * samples * (2 * static_cast<double>(task.width) + samples / 3);
  const int chunk = static_cast<int>(std::clamp(k_chunk_flops / flops, 1.0, 100.0));
  state.fraction = 1.0;
  if (!state.polish) state.polish = start_polish(task, state.algorithm.network);
  while (!state.polish->interpolates && !state.polish->stalled) {
    advance_polish(task, *state.polish, chunk);
    if (!pause(state)) return false;
  }
  return true;
}

std::optional<PointResult> compute(const Configuration& configuration, const GridPoint& point,
                                   const Pause& pause, std::optional<PointState> kept) {
  const Axes& axes = configuration.grid;
  const std::int64_t seed = at(axes.seed, point.seed);
  const IndexModel target = draw_index_model(configuration.problem, seed);
  const PointTask problem(
      configuration, point, target,
      draw_data_set(configuration.problem, target, seed, at(axes.samples, point.samples)));
  const Task& task = problem.task();
  const Algorithm& algorithm = find_algorithm(at(axes.algorithm, point.algorithm));
  const std::vector<std::int64_t> checkpoints = checkpoint_steps(configuration);
  const TrainingSet samples =
      algorithm.training_set ? algorithm.training_set(task) : TrainingSet{task.inputs, task.labels};
  const Task training_task = on_samples(task, samples);

  PointState state;
  if (kept) {
    state = std::move(*kept);
  } else {
    state.history = MatrixD::Constant(
        static_cast<Index>(checkpoints.size()),
        std::ranges::count_if(result_variables(), &Variable::in_history), Record::k_nan);
    algorithm.start(training_task, state.algorithm);
  }
  if (!train(task, training_task, algorithm, checkpoints, pause, state)) return std::nullopt;

  PointResult result;
  Record& record = result.record;
  result.history = state.history;
  result.network = state.algorithm.network;
  record.steps = static_cast<double>(state.algorithm.step);
  if (state.algorithm.diverged) {
    record.status = Status::diverged;
    result.message = fmt::format(
        "the train loss left the finite numbers at step {}; "
        "try a smaller training.learning-rate, or auto",
        state.algorithm.step);
    return result;
  }

  measure_network(task, result.network, record);
  record.train_loss_before_polish = record.train_loss;
  if (algorithm.trained) {
    if (!polish(training_task, pause, state)) return std::nullopt;
    result.network = polished_network(training_task, *state.polish);
    record.polish_iterations = state.polish->iterations;
    if (algorithm.rebalance) algorithm.rebalance(task, result.network);
    measure_network(task, result.network, record);
  }
  if (!measure_extras(
          configuration.flatness, task, result.network, [&] { return pause(state); }, record)) {
    return std::nullopt;
  }
  if (!checkpoints.empty()) record_history(record, result.history.rows() - 1, result.history);
  const double residual = relative_residual(task.labels, record.train_loss);
  if (residual <= configuration.training.interpolation_tolerance) {
    record.status = Status::done;
  } else {
    record.status = Status::not_interpolating;
    result.message =
        fmt::format("relative squared residual {:.2g} above {:.2g}: {}", residual,
                    configuration.training.interpolation_tolerance, algorithm.obstacle);
  }
  return result;
}

}  // namespace

std::optional<PointResult> compute_point(const Configuration& configuration, const GridPoint& point,
                                         const GoOn& go_on, std::optional<PointState> kept) {
  const double start = monotonic_seconds() - (kept ? kept->seconds : 0.0);
  const auto timed = [&](PointState& state) {
    state.seconds = monotonic_seconds() - start;
    return go_on(state);
  };
  std::optional<PointResult> result;
  try {
    result = compute(configuration, point, timed, std::move(kept));
  } catch (const std::exception& error) {
    result.emplace();
    result->record.status = Status::failed;
    result->message = error.what();
  }
  if (result) result->record.seconds = monotonic_seconds() - start;
  return result;
}

}  // namespace flatgrid
