#include "flatgrid/grid/pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <exception>

#include <fmt/format.h>

#include "flatgrid/base/clock.hpp"
#include "flatgrid/grid/measurement.hpp"
#include "flatgrid/grid/point_task.hpp"
#include "flatgrid/method/method.hpp"
#include "flatgrid/method/polish.hpp"

namespace flatgrid {

namespace {

/// Work between two calls of `go_on`: some ten milliseconds.
constexpr double k_chunk_flops = 2e8;

void record_checkpoint(const Task& task, const MethodState& state, Index row, MatrixD& history) {
  Record record;
  measure_network(task, state.network, record);
  Index column = 0;
  for (const Variable& variable : result_variables()) {
    if (variable.in_history) history(row, column++) = record.*variable.value;
  }
}

/// Drives the method to its end on the training task, through the checkpoints, where the network is
/// measured on the task itself. False if asked to stop.
bool train(const Task& task, const Task& training_task, const Method& method,
           const std::vector<std::int64_t>& checkpoints, const GoOn& go_on, MethodState& state,
           MatrixD& history) {
  const double step_flops = 4.0 * static_cast<double>(task.inputs.rows() * task.width) *
                            method.samples_per_step(task.training, task.inputs.cols());
  const auto chunk = std::max<std::int64_t>(1, std::llround(k_chunk_flops / step_flops));
  std::size_t next = 0;
  while (!state.finished && !state.diverged) {
    const std::int64_t until = next < checkpoints.size() ? checkpoints[next] : task.training.steps;
    method.advance(training_task, state, std::min(chunk, until - state.step));
    if (next < checkpoints.size() && state.step == checkpoints[next] && !state.diverged) {
      record_checkpoint(task, state, static_cast<Index>(next), history);
      ++next;
    }
    if (!go_on(static_cast<double>(state.step) / static_cast<double>(task.training.steps))) {
      return false;
    }
  }
  return true;
}

/// Polishes the trained network in place. False if asked to stop.
bool polish(const Task& task, const GoOn& go_on, Network<double>& network, Record& record) {
  const auto samples = static_cast<double>(task.inputs.cols());
  const double flops = samples * samples * (2 * static_cast<double>(task.width) + samples / 3);
  const int chunk = static_cast<int>(std::clamp(k_chunk_flops / flops, 1.0, 100.0));
  PolishState state = start_polish(task, network);
  while (!state.interpolates && !state.stalled) {
    advance_polish(task, state, chunk);
    if (!go_on(1.0)) return false;
  }
  network = polished_network(task, state);
  record.polish_iterations = state.iterations;
  return true;
}

std::optional<PointResult> compute(const Configuration& configuration, const GridPoint& point,
                                   const GoOn& go_on) {
  const Axes& axes = configuration.grid;
  const std::int64_t seed = at(axes.seed, point.seed);
  const IndexModel target = draw_index_model(configuration.problem, seed);
  const PointTask problem(
      configuration, point, target,
      draw_data_set(configuration.problem, target, seed, at(axes.samples, point.samples)));
  const Task& task = problem.task();
  const Method& method = find_method(at(axes.method, point.method));
  const std::vector<std::int64_t> checkpoints = checkpoint_steps(configuration);

  PointResult result;
  Record& record = result.record;
  result.history = MatrixD::Constant(
      static_cast<Index>(checkpoints.size()),
      std::ranges::count_if(result_variables(), &Variable::in_history), Record::nan);
  const TrainingSet samples =
      method.training_set ? method.training_set(task) : TrainingSet{task.inputs, task.labels};
  const Task training_task = on_samples(task, samples);
  MethodState state;
  method.start(training_task, state);
  if (!train(task, training_task, method, checkpoints, go_on, state, result.history)) {
    return std::nullopt;
  }
  record.steps = static_cast<double>(state.step);
  result.network = state.network;
  if (state.diverged) {
    record.status = Status::diverged;
    result.message = fmt::format(
        "the train loss left the finite numbers at step {}; "
        "try a smaller training.learning-rate, or auto",
        state.step);
    return result;
  }

  measure_network(task, result.network, record);
  record.train_loss_before_polish = record.train_loss;
  if (method.trained) {
    if (!polish(training_task, go_on, result.network, record)) return std::nullopt;
    if (method.rebalance) method.rebalance(task, result.network);
    measure_network(task, result.network, record);
  }
  measure_extras(configuration.flatness, task, result.network, record);
  const double residual = relative_residual(task.labels, record.train_loss);
  if (residual <= configuration.training.interpolation_tolerance) {
    record.status = Status::done;
  } else {
    record.status = Status::not_interpolating;
    result.message = fmt::format("relative squared residual {:.2g} above {:.2g}: {}", residual,
                                 configuration.training.interpolation_tolerance, method.obstacle);
  }
  return result;
}

}  // namespace

std::optional<PointResult> compute_point(const Configuration& configuration, const GridPoint& point,
                                         const GoOn& go_on) {
  const double start = monotonic_seconds();
  std::optional<PointResult> result;
  try {
    result = compute(configuration, point, go_on);
  } catch (const std::exception& error) {
    result.emplace();
    result->record.status = Status::failed;
    result->message = error.what();
  }
  if (result) result->record.seconds = monotonic_seconds() - start;
  return result;
}

}  // namespace flatgrid
