// SPDX-License-Identifier: MIT
/// `worst`: of the interpolators whose flatness is at most worst.ratio times the least, the one of the largest
/// population loss that is found (worst_search.hpp).
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/price.hpp"
#include "flatgrid/algorithm/flattest/worst_search.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "search_run.hpp"

namespace flatgrid::flattest {

template <class Archive>
void serialize(Archive& archive, WorstState& state) {
  auto& [flattest, search] = state;
  archive(flattest, search);
}

namespace {

/// The network may have a neuron more than there are samples.
WorstProblem problem_of(const algorithm::Task& task, const algorithm::Truth& truth) {
  FlattestProblem flattest = flattest_problem(task, GaugeKind::flatness);
  flattest.width = 0;
  return {.flattest = std::move(flattest),
          .ratio = task.training.worst.ratio,
          .width = task.width,
          .hints = truth.target.directions.transpose()};
}

class WorstRun final : public algorithm::Run {
 public:
  WorstRun(const algorithm::Task& task, const algorithm::Truth& truth)
      : task_(task),
        truth_(truth),
        form_(truth.problem, task.activation, &truth.target),
        search_(problem_of(task, truth), form_) {
    conclude();
  }

  void advance(std::int64_t budget) override {
    search_.advance(budget);
    conclude();
  }
  [[nodiscard]] bool finished() const override { return search_.finished(); }
  [[nodiscard]] std::int64_t steps() const override { return search_.steps(); }
  [[nodiscard]] const network::Network<double>* network() const override {
    return network_ ? &*network_ : nullptr;
  }
  [[nodiscard]] std::optional<algorithm::BudgetOutcome> budget_outcome() const override {
    if (!result_.interpolates) return std::nullopt;
    return algorithm::BudgetOutcome{.least_flatness = result_.least,
                                    .starts_agreeing = static_cast<double>(result_.starts_agreeing),
                                    .violation = result_.violation};
  }
  [[nodiscard]] std::optional<algorithm::LossBound> loss_bound() const override {
    if (!result_.interpolates) return std::nullopt;
    const algorithm::LossBound bound = search_.loss_bound({.inputs = task_.inputs,
                                                           .labels = task_.labels,
                                                           .problem = truth_.problem,
                                                           .activation = task_.activation,
                                                           .target = &truth_.target});
    if (bound.kind == algorithm::BoundKind::none) return std::nullopt;
    return bound;
  }
  [[nodiscard]] std::string obstacle() const override { return result_.message; }
  [[nodiscard]] std::string save() const override { return bytes_of(search_.state()); }
  void load(std::string_view bytes) override {
    search_.restore(from_bytes<WorstState>(bytes));
    conclude();
  }

 private:
  void conclude() {
    if (!search_.finished()) return;
    result_ = search_.result();
    network_ = network_in_width(task_, result_.network, GaugeKind::flatness);
  }

  algorithm::Task task_;
  algorithm::Truth truth_;
  measure::LossForm form_;
  WorstSearch search_;
  WorstResult result_;
  std::optional<network::Network<double>> network_;
};

std::unique_ptr<algorithm::Run> start(const algorithm::Task& task, const algorithm::Truth& truth) {
  return std::make_unique<WorstRun>(task, truth);
}

std::optional<algorithm::Conflict> conflict(const algorithm::PointOutline& points) {
  if (points.activation.degree() != 1 || slopes_of(points.activation).negative == 1)
    return algorithm::Conflict{
        "network.activation",
        "must be relu, leaky-relu with a slope below 1, or abs, since the algorithm worst needs "
        "one of degree 1 that is not linear"};
  if (points.problem.appends_one())
    return algorithm::Conflict{"network.bias", "must be none for the algorithm worst"};
  constexpr std::string_view k_needs =
      "the algorithm worst needs a population loss in closed form: ";
  if (const std::string_view method = measure::population_loss_method(points.problem);
      method == "quadrature" || !points.problem.link().pieces.empty())
    return algorithm::Conflict{"problem.link",
                               fmt::format("{}a link other than kinks, tanh and sin", k_needs)};
  else if (method != "closed-form")
    return points.problem.settings().target->is_sum()
               ? algorithm::Conflict{"problem.inputs",
                                     fmt::format("{}Gaussian inputs or the sphere", k_needs)}
               : algorithm::Conflict{"problem.target", fmt::format("{}the target sum", k_needs)};
  return std::nullopt;
}

algorithm::Price price(const algorithm::PointOutline& point) {
  const algorithm::Price flattest = search_price(point);
  const BudgetSearchPrice search = budget_search_price(point.samples, point.dimension());
  const double steps = flattest.steps + search.rounds;
  return {.steps = steps,
          .flops_per_step = (flattest.steps * flattest.flops_per_step + search.flops) / steps,
          .bytes = flattest.bytes + search.bytes};
}

std::optional<std::string_view> doubt(const algorithm::PointOutline& point) {
  if (point.width > point.samples) return std::nullopt;
  return "the worst interpolator within a flatness can have a neuron more than there are samples";
}

}  // namespace

algorithm::Algorithm worst_algorithm() {
  return {
      .name = "worst",
      .start = start,
      .price = price,
      .conflict = conflict,
      .obstacle = "the search for the worst interpolator stalled",
      .doubt = doubt,
      .description =
          "Of all interpolators with an orbit minimum of at most worst.ratio times the least, "
          "over\n"
          "networks of every width, the one of the largest population loss that is found: a lower\n"
          "bound of what is claimed of every nearly flattest interpolator. It knows the target. A\n"
          "width of n + 1 suffices. For activations of degree 1 and a population loss in closed "
          "form.",
      .source =
          "Vardhan, Taheri, Mazumdar 2026 (arXiv 2606.04429) bounds it; the search is flatgrid's",
      .ending =
          "After the search for the flattest and 48 starts, each of which ends where no direction\n"
          "improves the loss to first order.",
      .keys = {"flattest.tolerance", "flattest.rounds", "flattest.starts", "worst.ratio"}};
}

}  // namespace flatgrid::flattest
