// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/worst_search.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/algorithm/flattest/loss_bound.hpp"
#include "flatgrid/algorithm/flattest/refit.hpp"
#include "flatgrid/base/decompositions.hpp"

namespace flatgrid::flattest {

namespace {

/// The stored doubles may cost more than the budget by this share.
constexpr double k_over_budget = 1e-6;

/// For a lower ratio the bound is that of this one: nearer to the least nearly all atoms have a weight of 0, and the interior
/// point method does not reach the prior.
constexpr double k_least_bounded = 1.003;

/// The state of the search whose network is the flattest.
const ColumnGenerationState& last_state(const TwoStageState& state) {
  return state.second ? *state.second : state.first;
}

}  // namespace

WorstSearch::WorstSearch(WorstProblem problem, const measure::LossForm& form)
    : problem_(std::move(problem)), form_(form), flattest_(problem_.flattest) {
  if (flattest_.finished()) begin_search();
}

void WorstSearch::begin_search() {
  least_ = flattest_.result();
  FlattestProblem& flattest = problem_.flattest;
  const TwoStageState& stages = flattest_.state();
  reduction_ = std::make_unique<Reduction>(
      reduce(flattest.inputs, flattest.labels, flattest.slope, flattest.slope * flattest.slope,
             stages.second ? k_least_attainable_extent : flattest.least_extent));
  if (!least_->interpolates) {
    obstacle_ = least_->message;
  } else if (reduction_->samples.dimension() < flattest.inputs.rows() ||
             has_free_neuron(reduction_->samples)) {
    obstacle_ =
        "the loss has no maximum: a neuron that is 0 at all samples and not elsewhere costs "
        "nothing";
  } else {
    search_ = std::make_unique<BudgetSearch>(*reduction_, imposed_labels(),
                                             problem_.ratio * least_->cost / reduction_->cost_unit,
                                             form_, flattest.seed);
    if (!state_) state_ = search_->start(first_pool(last_state(stages)));
  }
}

VectorD WorstSearch::imposed_labels() const { return reduction_->labels(reduction_->imposed); }

/// The flattest's neurons, the basis of its last fit, and the hints.
Pool WorstSearch::first_pool(const ColumnGenerationState& flattest) const {
  const Samples& samples = reduction_->samples;
  Pool pool = flattest.neurons;
  std::vector<Peak> more;
  for (Index j = 0; j < std::min<Index>(flattest.pool.size(), samples.size()); ++j)
    more.push_back({0, flattest.pool.directions.col(j), flattest.pool.sides.col(j)});
  const LeastSquares solver(reduction_->basis);
  for (Index s = 0; s < problem_.hints.cols(); ++s)
    for (const double sign : {1.0, -1.0}) {
      const VectorD hint = sign * solver.solve(problem_.hints.col(s)).normalized();
      more.push_back({0, hint, side_of(samples, hint)});
    }
  append(pool, more);
  return pool;
}

void WorstSearch::advance(std::int64_t steps) {
  for (std::int64_t k = 0; k < steps && !finished(); ++k) {
    if (search_) {
      search_->advance(*state_);
    } else {
      flattest_.advance(1);
      if (flattest_.finished()) begin_search();
    }
  }
}

bool WorstSearch::finished() const { return least_ && (!search_ || state_->finished); }

std::int64_t WorstSearch::steps() const {
  return flattest_.rounds() + (state_ ? state_->steps : 0);
}

WorstResult WorstSearch::result() const {
  WorstResult result{.network = network::Network<double>::zero(0, problem_.flattest.inputs.rows()),
                     .least = least_->cost,
                     .message = obstacle_};
  if (!search_) return result;
  // Where nothing that was found is an interpolator within the budget in doubles, the flattest is one.
  result.network = least_->network;
  result.ratio = 1;
  result.violation = std::numeric_limits<double>::quiet_NaN();
  const double budget = problem_.ratio * least_->cost * (1 + k_over_budget);
  for (const BudgetFunction& function : search_->functions(*state_)) {
    const RefittedNetwork made =
        refit(problem_.flattest.inputs, problem_.flattest.labels, *reduction_, function.neurons,
              function.coefficients, problem_.flattest.derivative_at_zero, GaugeKind::flatness);
    if (made.residual > k_interpolates || made.cost > budget) continue;
    result.network = made.network;
    result.ratio = made.cost / least_->cost;
    result.violation = function.violation;
    result.starts_agreeing = function.starts;
    break;
  }
  result.interpolates = problem_.width == 0 || result.network.width() <= problem_.width;
  if (!result.interpolates)
    result.message = fmt::format(
        "the worst interpolator found has {0} neurons: a width of {0} would do, not {1}",
        result.network.width(), problem_.width);
  return result;
}

algorithm::LossBound WorstSearch::loss_bound(const BoundedProblem& bounded) const {
  const std::vector<BudgetFunction> functions = search_->functions(*state_);
  if (functions.empty())
    return {.value = std::numeric_limits<double>::infinity(), .kind = algorithm::BoundKind::none};
  const double ratio = std::max(problem_.ratio * (1 + k_over_budget), k_least_bounded);
  const double budget = ratio * least_->cost / reduction_->cost_unit;
  return flattest::loss_bound(*reduction_, form_, bounded, imposed_labels(), budget,
                              functions.front(), state_->pool, problem_.flattest.seed);
}

WorstState WorstSearch::state() const { return {.flattest = flattest_.state(), .search = state_}; }

void WorstSearch::restore(WorstState state) {
  flattest_.restore(std::move(state.flattest));
  state_ = std::move(state.search);
  if (flattest_.finished()) begin_search();
}

}  // namespace flatgrid::flattest
