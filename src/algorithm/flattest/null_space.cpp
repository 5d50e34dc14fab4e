// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/null_space.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::flattest {

namespace {

constexpr int k_updates = 150;  ///< of the prior a round
constexpr std::uint64_t k_rounds = 12;
constexpr Index k_support = 5;        ///< columns of the first prior for each sample
constexpr Index k_most_support = 10;  ///< of any
constexpr Index k_candidates = 4000;  ///< directions that are looked at a round
/// Least weight of the prior, times the mean.
constexpr double k_least_weight = 1e-4;
constexpr double k_violation = 0.01;
/// Streams of Purpose::worst_starts, beside those of budget_search.cpp.
constexpr std::uint64_t k_bound_stream = 1'000'000;

/// A linear reconstruction: the posterior mean under a prior over columns.
struct Reconstruction {
  MatrixD weights;  ///< C^-1 Phi diag(pi), [r, m]: u(x) = sum_j weights_j psi_j(x)
  MatrixD cross;    ///< A = E u psi_j, [r, m]
  MatrixD square;   ///< Q = E u u', [r, r]
};

/// K of two sets of columns, [m, q].
MatrixD kernel_of(const measure::LossForm& form, const PoolForm& one, const PoolForm& other) {
  MatrixD result(one.size(), other.size());
  for (Index k = 0; k < other.size(); ++k)
    result.col(k) =
        form.kernel(one.units, other.units.col(k)).cwiseProduct(one.lengths * other.lengths(k));
  return result;
}

Reconstruction reconstruction(const PoolForm& support, const MatrixD& kernel,
                              const VectorD& prior) {
  const MatrixD weighted = support.features * prior.asDiagonal();
  MatrixD covariance = weighted * support.features.transpose();
  covariance.diagonal().array() += 1e-13 * covariance.trace();
  Reconstruction result;
  result.weights = Cholesky(covariance).inverse() * weighted;
  result.cross = result.weights * kernel;
  result.square = result.cross * result.weights.transpose();
  return result;
}

/// v_j = E r_j^2 of columns, of A_j = E u psi_j.
VectorD risks(const measure::LossForm& form, const Reconstruction& u, const PoolForm& columns,
              const MatrixD& a) {
  const VectorD unit = VectorD::Unit(columns.units.rows(), 0);
  const double own = form.kernel(unit, unit)(0);
  const MatrixD& phi = columns.features;
  return own * columns.lengths.cwiseAbs2() - 2 * phi.cwiseProduct(a).colwise().sum().transpose() +
         phi.cwiseProduct(u.square * phi).colwise().sum().transpose();
}

/// Two pools as one.
Pool joined(const Pool& one, const Pool& other) {
  Pool both = one;
  std::vector<Peak> more;
  for (Index j = 0; j < other.size(); ++j)
    more.push_back({0, other.directions.col(j), other.sides.col(j)});
  append(both, more);
  return both;
}

/// Random directions, every second one near one of `near`.
Pool random_directions(const Samples& samples, const Pool& near, random::Stream stream) {
  std::vector<Peak> peaks(static_cast<std::size_t>(k_candidates));
  for (std::size_t k = 0; k < peaks.size(); ++k) {
    VectorD& w = peaks[k].direction;
    w.resize(samples.dimension());
    random::fill_normal(stream, w);
    w.normalize();
    if (k % 2 == 1) {
      const auto base = static_cast<Index>(stream.uniform() * static_cast<double>(near.size()));
      w = (near.directions.col(base) + 0.3 * stream.uniform() * w).normalized();
    }
    peaks[k].side = side_of(samples, w);
  }
  Pool pool;
  append(pool, peaks);
  return pool;
}

}  // namespace

double linear_reconstruction_bound(const Reduction& reduction, const measure::LossForm& form,
                                   const BudgetFunction& function, const Pool& pool,
                                   std::int64_t seed) {
  const Samples& samples = reduction.samples;
  const Index n = samples.size();
  // Half of the prior on the neurons of the function, half on some of the pool.
  std::vector<Index> some;
  const Index step = std::max<Index>(1, pool.size() / (k_support * n));
  for (Index j = 0; j < pool.size(); j += step) some.push_back(j);
  Pool support = joined(function.neurons, selected(pool, some));
  VectorD prior = VectorD::Constant(support.size(), 0.5 / static_cast<double>(support.size()));
  prior.head(function.coefficients.size()) +=
      0.5 * function.coefficients.cwiseAbs() / function.coefficients.lpNorm<1>();
  double bound = std::numeric_limits<double>::infinity();
  for (std::uint64_t round = 0; round < k_rounds; ++round) {
    const PoolForm columns = form_of(reduction, form, support);
    const MatrixD kernel = kernel_of(form, columns, columns);
    Reconstruction u;
    VectorD v;
    for (int update = 0; update < k_updates; ++update) {
      // pi_j <- pi_j sqrt(v_j / V), by a factor of 2 at the most: pi_j v_j / V overshoots where v_j >> V. No weight
      // vanishes: where C is singular u could be anything.
      if (update > 0) prior.array() *= (v / prior.dot(v)).array().sqrt().max(0.5).min(2.0);
      prior = prior.cwiseMax(k_least_weight * prior.mean());
      prior /= prior.sum();
      u = reconstruction(columns, kernel, prior);
      v = risks(form, u, columns, u.cross).cwiseMax(0);
    }
    const double value = prior.dot(v);
    const Pool candidates = joined(
        pool, random_directions(
                  samples, support,
                  random::Stream(seed, random::Purpose::worst_starts, k_bound_stream + round)));
    const PoolForm others = form_of(reduction, form, candidates);
    const VectorD risk = risks(form, u, others, u.weights * kernel_of(form, columns, others));
    const double supremum = std::max(v.maxCoeff(), risk.maxCoeff());
    bound = std::min(bound, supremum);
    if (supremum <= value * (1 + k_violation)) break;
    // What carries most of the prior stays; what violates comes with the mean weight.
    const std::vector<Index> kept =
        largest(prior, std::min<Index>(prior.size(), (k_most_support - 1) * n));
    std::vector<Index> added = largest(risk, n);
    std::erase_if(added, [&](Index j) { return !(risk(j) > value); });
    support = joined(selected(support, kept), selected(candidates, added));
    VectorD next = VectorD::Constant(support.size(), 1 / static_cast<double>(support.size()));
    next.head(std::ssize(kept)) = prior(kept);
    prior = next;
  }
  return bound;
}

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
    : seed_(task.seed), form_(problem, task.activation, nullptr) {
  const double slope = slopes_of(task.activation).negative;
  const VectorD zero = VectorD::Zero(task.samples());
  reduction_ = reduce(task.inputs, zero, slope, slope * slope);
  if (reduction_.samples.dimension() < task.dimension() || has_free_neuron(reduction_.samples))
    return;
  search_ = std::make_unique<BudgetSearch>(
      reduction_, VectorD::Zero(static_cast<Index>(reduction_.imposed.size())), 1.0, form_, seed_);
  state_ = search_->start({});
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
  const double bound =
      linear_reconstruction_bound(reduction_, form_, functions.front(), state_.pool, seed_);
  return {.found = found / unit,
          .bound = std::max(found, bound) / unit,
          .kind = algorithm::BoundKind::estimated};
}

}  // namespace flatgrid::flattest
