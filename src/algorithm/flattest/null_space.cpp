// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/null_space.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "flatgrid/algorithm/flattest/loss_bound.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"

namespace flatgrid::flattest {

std::optional<std::string> null_space_conflict(const problem::Problem& problem,
                                               const network::Activation<double>& activation) {
  if (activation.degree() != 1 || slopes_of(activation).negative == 1)
    return "needs network.activation relu, leaky-relu with a slope below 1, or abs";
  if (problem.appends_one()) return "needs network.bias = none";
  const problem::InputLaw* const law = problem.input_law();
  const bool sphere = law != nullptr && law->sphere_radius() && problem.settings().dimension > 1;
  if (law == nullptr || !(law->gaussian_variances() || sphere))
    return "needs problem.inputs that are Gaussian or on the sphere";
  return std::nullopt;
}

NullSpaceSearch::NullSpaceSearch(const algorithm::Task& task, const problem::Problem& problem)
    : task_(task),
      problem_(problem),
      labels_(VectorD::Zero(task.samples())),
      form_(problem, task.activation, nullptr) {
  const double slope = slopes_of(task.activation).negative;
  reduction_ = reduce(task.inputs, labels_, slope, slope * slope);
  if (reduction_.samples.dimension() < task.dimension() || has_free_neuron(reduction_.samples))
    return;
  search_ = std::make_unique<BudgetSearch>(reduction_, zero_labels(), 1.0, form_, task.seed);
  state_ = search_->start({});
}

VectorD NullSpaceSearch::zero_labels() const {
  return VectorD::Zero(static_cast<Index>(reduction_.imposed.size()));
}

bool NullSpaceSearch::finished() const { return !search_ || state_.finished; }

void NullSpaceSearch::advance() { search_->advance(state_); }

NullSpaceRadius NullSpaceSearch::result() const {
  constexpr double k_infinity = std::numeric_limits<double>::infinity();
  if (!search_)
    return {.found = k_infinity, .bound = k_infinity, .kind = algorithm::BoundKind::none};
  const double unit = reduction_.cost_unit * reduction_.cost_unit;
  const std::vector<BudgetFunction> functions = search_->functions(state_);
  if (functions.empty())
    return {.found = 0, .bound = k_infinity, .kind = algorithm::BoundKind::none};
  const double found = functions.front().loss;
  const BoundedProblem bounded{.inputs = task_.inputs,
                               .labels = labels_,
                               .problem = problem_,
                               .activation = task_.activation,
                               .target = nullptr};
  const algorithm::LossBound bound = loss_bound(reduction_, form_, bounded, zero_labels(), 1.0,
                                                functions.front(), state_.pool, task_.seed);
  return {.found = found / unit, .bound = std::max(found, bound.value) / unit, .kind = bound.kind};
}

}  // namespace flatgrid::flattest
