// SPDX-License-Identifier: MIT
/// `flattest`: the interpolator of least orbit minimum. For activations of degree 1 the least over
/// networks of every width, with the lower bound that tells how near it is (search.hpp); a width of
/// n suffices. For degree 2 and 3 the least at the task's width, with a bound for that width
/// (curved.hpp).
#include <algorithm>
#include <limits>
#include <optional>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/flattest/curved.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/penalty.hpp"
#include "flatgrid/algorithm/flattest/price.hpp"
#include "flatgrid/algorithm/flattest/two_stage_search.hpp"
#include "flatgrid/base/serialization.hpp"

namespace flatgrid {

template <class Archive>
void serialize(Archive& archive, Pool& pool) {
  auto& [directions, sides] = pool;
  archive(directions, sides);
}

template <class Archive>
void serialize(Archive& archive, FlattestState& state) {
  auto& [round, closing, finished, pool, reference, proximity, excess, bound, candidates, claims,
         checked, climbs, resumed, progress, cost, neurons, coefficients] = state;
  archive(round, closing, finished, pool, reference, proximity, excess, bound, candidates, claims,
          checked, climbs, resumed, progress, cost, neurons, coefficients);
}

template <class Archive>
void serialize(Archive& archive, TwoStageState& state) {
  auto& [first, second] = state;
  archive(first, second);
}

namespace {

FlattestProblem problem_of(const Task& task) {
  const Slopes slopes = slopes_of(task.activation);
  const FlattestSettings& settings = task.training.flattest;
  return {.inputs = task.inputs,
          .labels = task.labels,
          .slope = slopes.negative,
          .derivative_at_zero = slopes.at_zero,
          .width = task.width,
          .seed = task.seed,
          .tolerance = settings.tolerance,
          .rounds = settings.rounds,
          .starts = settings.starts};
}

class FlattestRun final : public Run {
 public:
  explicit FlattestRun(const Task& task) : task_(task), search_(problem_of(task)) {
    if (search_.finished()) conclude();
  }

  void advance(std::int64_t budget) override {
    search_.advance(budget);
    if (search_.finished()) conclude();
  }
  [[nodiscard]] bool finished() const override { return search_.finished(); }
  [[nodiscard]] std::int64_t steps() const override { return search_.rounds(); }
  [[nodiscard]] const Network<double>* network() const override {
    return network_ ? &*network_ : nullptr;
  }
  [[nodiscard]] std::optional<FlatnessBound> flatness_bound() const override {
    return FlatnessBound{.value = result_.lower_bound,
                         .kind = static_cast<FlatnessBound::Kind>(result_.kind),
                         .gap = result_.gap,
                         .neurons_on_faces = static_cast<double>(result_.neurons_on_faces),
                         .multipliers = result_.multipliers};
  }
  [[nodiscard]] std::string obstacle() const override { return result_.message; }
  [[nodiscard]] std::string save() const override { return bytes_of(search_.state()); }
  void load(std::string_view bytes) override {
    search_.restore(from_bytes<TwoStageState>(bytes));
    if (search_.finished()) conclude();
  }

 private:
  /// The network in the first rows of one of the task's width, each neuron at its least trace.
  void conclude() {
    result_ = search_.result();
    network_ = Network<double>::zero(task_.width, task_.dimension());
    const Index neurons = std::min(result_.network.width(), task_.width);
    if (neurons == 0) return;
    network_->inner.topRows(neurons) = result_.network.inner.topRows(neurons);
    network_->outer.head(neurons) = result_.network.outer.head(neurons);
    to_least_trace(task_, *network_);
  }

  Task task_;
  TwoStageSearch search_;
  FlattestResult result_;
  std::optional<Network<double>> network_;
};

std::unique_ptr<Run> start(const Task& task) {
  if (task.activation.degree() > 1) return start_curved(task);
  return std::make_unique<FlattestRun>(task);
}

Price price(const PointOutline& point) {
  if (point.activation.degree() > 1) return curved_price(point);
  const FlattestSettings& settings = point.training.flattest;
  const double rounds = flattest_rounds(point.samples, point.dimension(), settings.rounds);
  return {.steps = rounds,
          .flops_per_step =
              flattest_flops(point.samples, point.dimension(), rounds, settings.starts) / rounds,
          .bytes = flattest_bytes(point.samples, point.dimension())};
}

std::optional<std::string_view> doubt(const PointOutline& point) {
  if (point.activation.degree() > 1 || point.width >= point.samples) return std::nullopt;
  return "the flattest interpolator can have as many neurons as there are samples";
}

}  // namespace

Algorithm flattest_algorithm() {
  return {
      .name = "flattest",
      .start = start,
      .price = price,
      .obstacle = "the search for a flat interpolator stalled",
      .doubt = doubt,
      .description =
          "The interpolator of least orbit minimum. For activations of degree 1 the least over\n"
          "networks of every width, by a convex search over directions, with a lower bound for\n"
          "every interpolator of the samples; a width of n suffices. For degree 2 and 3 the least\n"
          "that Newton's method finds at this width, from a convex relaxation and from descent on\n"
          "loss and trace, with a bound for this width.",
      .source =
          "Vardhan, Taheri, Mazumdar 2026 (arXiv 2606.04429) asks for it; the search is flatgrid's",
      .ending =
          "For degree 1 where orbit minimum / bound - 1 is at most flattest.tolerance (2e-4 where\n"
          "not every face can be visited), where it falls no further, or after flattest.rounds; "
          "for degree 2 and 3 where further\n"
          "starts of Newton's method lead to nothing flatter.",
      .keys = {"flattest.tolerance", "flattest.rounds", "flattest.starts"},
      .keys_above_degree_1 = {"training.steps", "training.learning-rate",
                              "training.stability-fraction", "training.initial-scale",
                              "training.momentum", "training.handover-loss", "training.precision"}};
}

}  // namespace flatgrid
