// SPDX-License-Identifier: MIT
#include "search_run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "flatgrid/algorithm/flattest/identity.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/price.hpp"
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/measure/least_trace.hpp"
#include "flatgrid/network/symmetry.hpp"

namespace flatgrid::flattest {

FlattestProblem flattest_problem(const algorithm::Task& task, GaugeKind gauge) {
  const Slopes slopes = slopes_of(task.activation);
  const algorithm::FlattestSettings& settings = task.training.flattest;
  return {.inputs = task.inputs,
          .labels = task.labels,
          .gauge = gauge,
          .slope = slopes.negative,
          .derivative_at_zero = slopes.at_zero,
          .width = task.width,
          .seed = task.seed,
          .tolerance = settings.tolerance,
          .rounds = settings.rounds,
          .starts = settings.starts};
}

network::Network<double> network_in_width(const algorithm::Task& task,
                                          const network::Network<double>& found, GaugeKind gauge) {
  auto network = network::Network<double>::zero(task.width, task.dimension());
  const Index neurons = std::min(found.width(), task.width);
  if (neurons == 0) return network;
  network.inner.topRows(neurons) = found.inner.topRows(neurons);
  network.outer.head(neurons) = found.outer.head(neurons);
  if (gauge == GaugeKind::flatness)
    measure::to_least_trace(task.activation, task.inputs, network);
  else
    network::rescale(network, 1, network::balancing_factors(network, 1));
  return network;
}

namespace {

/// A run that ends with a FlattestResult.
class ResultRun : public algorithm::Run {
 public:
  ResultRun(const algorithm::Task& task, GaugeKind gauge) : task_(task), gauge_(gauge) {}

  [[nodiscard]] const network::Network<double>* network() const override {
    return network_ ? &*network_ : nullptr;
  }
  [[nodiscard]] std::optional<algorithm::LowerBound> flatness_bound() const override {
    return gauge_ == GaugeKind::flatness ? std::optional(bound()) : std::nullopt;
  }
  [[nodiscard]] std::optional<algorithm::LowerBound> path_norm_bound() const override {
    return gauge_ == GaugeKind::path_norm ? std::optional(bound()) : std::nullopt;
  }
  [[nodiscard]] std::string obstacle() const override { return result_.message; }

 protected:
  /// Stores the result, and its network in the task's width.
  void conclude(FlattestResult result) {
    result_ = std::move(result);
    network_ = network_in_width(task_, result_.network, gauge_);
  }

 private:
  [[nodiscard]] algorithm::LowerBound bound() const {
    return {.value = result_.lower_bound,
            .kind = result_.kind,
            .gap = result_.gap,
            .neurons_on_faces = static_cast<double>(result_.neurons_on_faces),
            .multipliers = result_.multipliers};
  }

  algorithm::Task task_;
  GaugeKind gauge_;
  FlattestResult result_;
  std::optional<network::Network<double>> network_;
};

class SearchRun final : public ResultRun {
 public:
  SearchRun(const algorithm::Task& task, GaugeKind gauge)
      : ResultRun(task, gauge), search_(flattest_problem(task, gauge)) {
    if (search_.finished()) conclude(search_.result());
  }

  void advance(std::int64_t budget) override {
    search_.advance(budget);
    if (search_.finished()) conclude(search_.result());
  }
  [[nodiscard]] bool finished() const override { return search_.finished(); }
  [[nodiscard]] std::int64_t steps() const override { return search_.rounds(); }
  [[nodiscard]] std::string save() const override { return bytes_of(search_.state()); }
  void load(std::string_view bytes) override {
    search_.restore(from_bytes<TwoStageState>(bytes));
    if (search_.finished()) conclude(search_.result());
  }

 private:
  TwoStageSearch search_;
};

/// The run for sigma(z) = z: a closed form, finished at the start.
class IdentityRun final : public ResultRun {
 public:
  IdentityRun(const algorithm::Task& task, GaugeKind gauge) : ResultRun(task, gauge) {
    conclude(flattest_linear(flattest_problem(task, gauge)));
  }

  void advance(std::int64_t) override {}
  [[nodiscard]] bool finished() const override { return true; }
  [[nodiscard]] std::int64_t steps() const override { return 0; }
  [[nodiscard]] std::string save() const override { return {}; }
  void load(std::string_view) override {}
};

}  // namespace

std::unique_ptr<algorithm::Run> start_search(const algorithm::Task& task, GaugeKind gauge) {
  if (slopes_of(task.activation).negative == 1) return std::make_unique<IdentityRun>(task, gauge);
  return std::make_unique<SearchRun>(task, gauge);
}

algorithm::Price search_price(const algorithm::PointOutline& point) {
  const algorithm::FlattestSettings& settings = point.training.flattest;
  const double rounds = flattest_rounds(point.samples, point.dimension(), settings.rounds);
  return {.steps = rounds,
          .flops_per_step =
              flattest_flops(point.samples, point.dimension(), rounds, settings.starts) / rounds,
          .bytes = flattest_bytes(point.samples, point.dimension())};
}

}  // namespace flatgrid::flattest
