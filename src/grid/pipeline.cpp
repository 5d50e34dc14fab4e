// SPDX-License-Identifier: MIT
#include "flatgrid/grid/pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/algorithm/direct_run.hpp"
#include "flatgrid/algorithm/flattest/null_space.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/base/clock.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/grid/measurement.hpp"
#include "flatgrid/grid/point_task.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/grid/training_units.hpp"
#include "flatgrid/problem/magnitude.hpp"

namespace flatgrid::grid {

namespace {

/// Work between two calls of `go_on`: about ten milliseconds.
constexpr double k_chunk_flops = 2e8;

/// Throws Error if inputs or labels are too large or too small to compute figures.
void check_magnitudes(const algorithm::Task& task) {
  for (const auto& [name, fault] : {std::pair("inputs", problem::magnitude_fault(task.inputs)),
                                    std::pair("labels", problem::magnitude_fault(task.labels))}) {
    if (!fault.empty()) throw Error(fmt::format("the {} are {}", name, fault));
  }
}

/// Throws Error if a figure of the network is outside the range of double precision.
void check_range(const algorithm::Task& task, const Record& record) {
  for (const Variable& variable : result_variables()) {
    if (variable.in_history && std::isinf(record.*variable.value)) {
      throw Error(fmt::format("{} overflows in double precision", variable.name));
    }
  }
  if (record.flatness_orbit_min != 0) return;
  // The orbit minimum is 0 only for a network that is 0 on every sample.
  const network::Network<double> zero = task.zero_network();
  if (record.train_loss != train_loss(task, zero)) {
    throw Error("flatness_orbit_min vanishes in double precision");
  }
}

/// The computation of one point.
class Computation {
 public:
  /// `begin`: the time of the start, minus the seconds spent earlier.
  Computation(const Study& study, const configuration::GridPoint& point, double begin,
              const GoOn& go_on, std::optional<PointState> kept)
      : study_(study),
        algorithm_(*configuration::at(study.configuration.grid.algorithm, point.algorithm)),
        begin_(begin),
        go_on_(go_on),
        steps_(configuration::history_steps(study.configuration)),
        point_task_(draw_point_task(study, point)),
        work_(work_of(study, point)) {
    check_magnitudes(task());
    if (work_.run.polished) units_.emplace(task());
    run_ = work_.run.polished && task().labels.isZero(0) && task().network.outer->trained
               ? algorithm::start_zero_run(task())
               : algorithm::start_run(algorithm_, units_ ? units_->task() : task(),
                                      point_task_.truth());
    if (kept) {
      run_->load(kept->run);
      kept_polish_ = std::move(kept->polish);
      history_ = std::move(kept->history);
    } else {
      history_ = MatrixD::Constant(static_cast<Index>(steps_.size()),
                                   std::ranges::count_if(result_variables(), &Variable::in_history),
                                   Record::k_nan);
    }
  }

  /// Empty if `go_on` returned false.
  std::optional<PointResult> compute() {
    if (!run()) return std::nullopt;
    PointResult result;
    result.record.steps = static_cast<double>(run_->steps());
    result.network = of_data(*run_->network());
    const double trained_loss = train_loss(task(), result.network);
    if (run_->diverged() || !std::isfinite(trained_loss)) {
      result.record.status = Status::diverged;
      const std::string obstacle = run_->obstacle();
      result.message = fmt::format("the train loss became infinite or NaN at step {}{}{}",
                                   run_->steps(), obstacle.empty() ? "" : ": ", obstacle);
      result.history = std::move(history_);
      return result;
    }
    result.record.train_loss_before_polish = trained_loss;
    if (!polish(result) || !measure(result)) return std::nullopt;
    judge(result);
    return result;
  }

 private:
  [[nodiscard]] const algorithm::Task& task() const { return point_task_.task(); }

  /// A network of the run in the units of the data.
  [[nodiscard]] network::Network<double> of_data(const network::Network<double>& network) const {
    return units_ ? units_->of_data(network) : network;
  }

  /// The task of the polish; null if there is no polish.
  [[nodiscard]] const algorithm::Task* polish_task() const {
    return task().training.polish ? run_->polish_task() : nullptr;
  }

  [[nodiscard]] bool go_on(double flops_behind, bool trained) const {
    const double seconds = monotonic_seconds() - begin_;
    const double fraction = std::min(flops_behind / std::max(work_.flops(), 1.0), 1.0);
    return go_on_(
        {.fraction = fraction, .trained = trained, .seconds = seconds, .state = [this, seconds] {
           return PointState{.run = run_->save(),
                             .polish = polish_ ? polish_->save() : kept_polish_,
                             .history = history_,
                             .seconds = seconds};
         }});
  }

  /// Work of the run and of its history so far.
  [[nodiscard]] double run_behind() const {
    const auto recorded = std::ranges::upper_bound(steps_, run_->steps()) - steps_.begin();
    return std::min(static_cast<double>(run_->steps()), work_.run.steps) *
               work_.run.flops_per_step +
           static_cast<double>(recorded) * work_.measurement;
  }
  /// Work of the whole run, if it takes all its steps, and of the polish so far.
  [[nodiscard]] double polish_behind() const {
    const double whole = work_.flops() - work_.polish - work_.extras;
    if (!polish_) return whole;
    const polish::PolishPrice usual =
        polish::polish_price(task().samples(), task().width, task().dimension(), task().hidden());
    return whole + work_.polish * std::min(polish_->state().iterations / usual.iterations, 1.0);
  }

  void record_in_history(Index row, const Record& record) {
    Index column = 0;
    for (const Variable& variable : result_variables()) {
      if (variable.in_history) history_(row, column++) = record.*variable.value;
    }
  }

  /// Advances the run to its end and records the history. False if `go_on` returned false.
  bool run() {
    const auto chunk =
        std::max<std::int64_t>(1, std::llround(k_chunk_flops / work_.run.flops_per_step));
    // The last row belongs to the end, after the polish.
    const std::vector<std::int64_t> recorded(steps_.begin(),
                                             steps_.empty() ? steps_.end() : steps_.end() - 1);
    while (!run_->finished() && !run_->diverged()) {
      const auto next = std::ranges::upper_bound(recorded, run_->steps());
      const bool comes = next != recorded.end();
      run_->advance(comes ? std::min(chunk, *next - run_->steps()) : chunk);
      if (comes && run_->steps() == *next && !run_->diverged() && run_->network() != nullptr) {
        Record record;
        measure_network(task(), point_task_.truth(), of_data(*run_->network()), record);
        record_in_history(next - recorded.begin(), record);
      }
      if (!go_on(run_behind(), false)) return false;
    }
    return true;
  }

  /// Polishes the network if required. False if `go_on` returned false.
  bool polish(PointResult& result) {
    const algorithm::Task* const polished_on = polish_task();
    if (polished_on == nullptr) return true;
    const polish::PolishPrice price =
        polish::polish_price(polished_on->samples(), polished_on->width, polished_on->dimension(),
                             polished_on->hidden());
    const auto chunk =
        static_cast<int>(std::clamp(k_chunk_flops / price.flops_per_iteration, 1.0, 100.0));
    polish_ = std::make_unique<polish::Polish>(*polished_on, *run_->network());
    if (kept_polish_) polish_->load(*kept_polish_);
    while (!polish_->finished()) {
      polish_->advance(chunk);
      if (!go_on(polish_behind(), true)) return false;
    }
    result.network = of_data(polish_->network());
    result.record.polish_iterations = polish_->state().iterations;
    return true;
  }

  /// False if `go_on` returned false.
  bool measure(PointResult& result) {
    Record& record = result.record;
    measure_network(task(), point_task_.truth(), result.network, record);
    check_range(task(), record);
    // Of the stored network: the run's own was measured before it was rescaled.
    const auto gap = [](const algorithm::LowerBound& bound, double measured) {
      return std::isfinite(bound.gap) && bound.value > 0 ? measured / bound.value - 1 : bound.gap;
    };
    if (const auto bound = run_->flatness_bound()) {
      record.flatness_lower_bound = bound->value;
      record.flatness_lower_bound_kind = static_cast<double>(bound->kind);
      // Recomputed for the stored network: the run measured it before it moved to its least trace.
      record.flatness_gap = gap(*bound, record.flatness_orbit_min);
      record.neurons_on_faces = bound->neurons_on_faces;
      result.multipliers = bound->multipliers;
      if (study_.configuration.flatness.null_space_radius && !measure_null_space(record))
        return false;
    }
    if (const auto outcome = run_->budget_outcome()) {
      record.flatness_ratio = record.flatness_orbit_min / outcome->least_flatness;
      record.starts_agreeing = outcome->starts_agreeing;
      record.optimality_violation = outcome->violation;
      if (study_.configuration.flatness.worst_loss_bound) {
        if (const auto bound = run_->loss_bound()) {
          // Never below what was found: both have rounding errors.
          record.worst_loss_bound = std::max(bound->value, record.population_loss);
          record.worst_loss_bound_kind = static_cast<double>(bound->kind);
        }
        if (!go_on(polish_behind(), true)) return false;
      }
    }
    if (const auto bound = run_->path_norm_bound()) {
      record.path_norm_lower_bound = bound->value;
      record.path_norm_lower_bound_kind = static_cast<double>(bound->kind);
      record.path_norm_gap = gap(*bound, record.path_norm);
      result.multipliers = bound->multipliers;
    }
    if (!steps_.empty()) record_in_history(std::ssize(steps_) - 1, record);
    result.history = history_;
    return measure_extras(
        study_.configuration.flatness, task(), point_task_.truth(), result.network,
        [&] { return go_on(polish_behind(), true); }, record);
  }

  /// Searches for the null-space radius. False if the run is asked to stop.
  bool measure_null_space(Record& record) const {
    flattest::NullSpaceSearch search(task(), study_.problem);
    while (!search.finished()) {
      search.advance();
      if (!go_on(polish_behind(), true)) return false;
    }
    const flattest::NullSpaceRadius radius = search.result();
    record.null_space_radius = radius.found;
    record.null_space_radius_bound = radius.bound;
    record.null_space_radius_bound_kind = static_cast<double>(radius.kind);
    return true;
  }

  /// Sets status and message: whether the network interpolates, and whether its training was cut short.
  void judge(PointResult& result) const {
    Record& record = result.record;
    const algorithm::TrainingSettings& training = task().training;
    const double residual = relative_residual(task(), record.train_loss);
    const bool interpolates = residual <= training.interpolation_tolerance;
    record.interpolates = interpolates ? 1 : 0;
    const std::string obstacle = run_->obstacle();
    const std::string_view why_not = obstacle.empty() ? algorithm_.obstacle : obstacle;
    const double trained_residual = residual_of_training();
    const bool kept_as_trained = run_->polish_task() != nullptr && !training.polish;
    if (trained_residual > training.handover_loss) {
      record.status = Status::cut_short;
      result.message =
          fmt::format("relative squared residual {:.2g} above {:.2g} after {} steps: {}{}{}",
                      trained_residual, training.handover_loss, run_->steps(), k_cut_short,
                      interpolates ? "" : ", and ", interpolates ? "" : why_not);
    } else {
      record.status = interpolates || kept_as_trained ? Status::done : Status::not_interpolating;
      if (interpolates) return;
      result.message = fmt::format("relative squared residual {:.2g} above {:.2g}: {}", residual,
                                   training.interpolation_tolerance,
                                   kept_as_trained ? "kept as trained, without a polish" : why_not);
    }
  }

  /// The relative squared residual at the end of a training that used all training.steps without reaching
  /// training.handover-loss; 0 for any other run.
  [[nodiscard]] double residual_of_training() const {
    const algorithm::Task* const trained_on = polish_task();
    if (trained_on == nullptr || run_->steps() < task().training.steps) return 0;
    return relative_residual(*trained_on, train_loss(*trained_on, *run_->network()));
  }

  const Study& study_;
  const algorithm::Algorithm& algorithm_;
  double begin_;
  const GoOn& go_on_;
  std::vector<std::int64_t> steps_;  // steps of the history
  PointTask point_task_;
  PointWork work_;
  std::optional<TrainingUnits> units_;  // for algorithms that train
  std::unique_ptr<algorithm::Run> run_;
  std::unique_ptr<polish::Polish> polish_;
  std::optional<std::string> kept_polish_;
  MatrixD history_;
};

}  // namespace

std::optional<PointResult> compute_point(const Study& study, const configuration::GridPoint& point,
                                         const GoOn& go_on, std::optional<PointState> kept) {
  const double begin = monotonic_seconds() - (kept ? kept->seconds : 0.0);
  std::optional<PointResult> result;
  try {
    result = Computation(study, point, begin, go_on, std::move(kept)).compute();
  } catch (const std::exception& error) {
    result.emplace();
    result->record.status = Status::failed;
    result->message = error.what();
  }
  if (result) result->record.seconds = monotonic_seconds() - begin;
  return result;
}

}  // namespace flatgrid::grid
