// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/budget_search.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/algorithm/flattest/search_oracle.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::flattest {

namespace {

constexpr std::size_t k_starts = 48;
constexpr Index k_voids = 12;
constexpr std::int64_t k_rounds = 30;
constexpr std::int64_t k_still_rounds = 4;
constexpr double k_gain = 1e-5;
constexpr double k_violation = 1e-5;
/// A start that is below this share of the best loss after k_trial_rounds is given up.
constexpr double k_promising = 0.3;
constexpr std::int64_t k_trial_rounds = 4;
/// Functions whose errors have this correlation are the same one.
constexpr double k_same = 0.98;
constexpr double k_perturbation = 1e-9;  ///< of the labels, as a share of the budget
/// Directions of the pool for each sample.
constexpr Index k_vertices = 8;
constexpr Index k_random = 6;
constexpr Index k_inside = 8;  ///< points inside each arc of the plane
/// Pivots for each sample.
constexpr Index k_linear_pivots = 6;
constexpr Index k_pivots = 40;
constexpr Index k_random_climbs = 20;

/// The streams of Purpose::worst_starts: of start s, of pool and voids, of a round.
constexpr std::uint64_t k_pool_stream = 1000;
std::uint64_t round_stream(const BudgetSearchState& state) {
  return 10000 + 100 * state.start + static_cast<std::uint64_t>(state.round);
}

void add(const Samples& samples, Pool& pool, const std::vector<VectorD>& directions) {
  std::vector<Peak> peaks;
  for (const VectorD& direction : directions)
    peaks.push_back({0, direction.normalized(), side_of(samples, direction.normalized())});
  append(pool, peaks);
}

/// Points inside the arcs between neighbouring borders of the plane.
std::vector<VectorD> inside_arcs(const Samples& samples) {
  std::vector<double> angles;
  for (const auto& x : samples.inputs.colwise())
    for (const double side : {-1.0, 1.0}) angles.push_back(std::atan2(side * x(0), -side * x(1)));
  std::ranges::sort(angles);
  std::vector<VectorD> points;
  for (std::size_t k = 0; k < angles.size(); ++k) {
    const double end = k + 1 < angles.size() ? angles[k + 1] : angles[0] + 2 * std::numbers::pi;
    for (Index p = 1; p <= k_inside; ++p) {
      const double angle = angles[k] + (end - angles[k]) * static_cast<double>(p) /
                                           static_cast<double>(k_inside + 1);
      points.emplace_back(Eigen::Vector2d(std::cos(angle), std::sin(angle)));
    }
  }
  return points;
}

/// 0, 1, ..., count - 1
std::vector<Index> first(Index count) {
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), Index{0});
  return all;
}

/// sum_k weights_k sigma(u_k.x), and its E f f*.
struct FunctionOnPool {
  MatrixD units;    ///< [d, q]
  VectorD weights;  ///< [q]
  double cross = 0;
};

/// Of the coefficients b at a vertex.
FunctionOnPool on_pool(const PoolForm& pool, const Vertex& vertex, const VectorD& b) {
  std::vector<Index> columns;
  std::vector<double> values;
  for (std::size_t k = 0; k < vertex.columns.size(); ++k) {
    if (vertex.columns[k] < 0) continue;
    columns.push_back(vertex.columns[k]);
    values.push_back(b(static_cast<Index>(k)));
  }
  const VectorD coefficients = VectorD::Map(values.data(), std::ssize(values));
  return {.units = pool.units(Eigen::all, columns),
          .weights = coefficients.cwiseProduct(pool.lengths(columns)),
          .cross = coefficients.dot(pool.cross(columns))};
}

void begin_next(BudgetSearchState& state) {
  state.round = 0;
  state.finished = ++state.start == k_starts;
}

/// The unit vectors that are farthest from the lines of all samples: of random ones those of the least
/// max_i |cos|, no two nearer to each other than the first of them is to the samples. [r, k], k <= k_voids.
MatrixD emptiest_directions(const Samples& samples, random::Stream stream) {
  constexpr Index k_draws = 4000;
  const Index d = samples.dimension();
  const MatrixD units = samples.inputs * samples.norms.cwiseInverse().asDiagonal();
  MatrixD draws(d, k_draws);
  for (auto draw : draws.colwise()) {
    random::fill_normal(stream, draw);
    draw.normalize();
  }
  const VectorD nearest = (units.transpose() * draws).cwiseAbs().colwise().maxCoeff().transpose();
  std::vector<Index> kept;
  for (const Index k : largest(-nearest, k_draws)) {
    const bool apart = std::ranges::all_of(kept, [&](Index other) {
      return std::abs(draws.col(k).dot(draws.col(other))) < nearest(other);
    });
    if (apart) kept.push_back(k);
    if (std::ssize(kept) == k_voids) break;
  }
  return draws(Eigen::all, kept);
}

}  // namespace

PoolForm form_of(const Reduction& reduction, const measure::LossForm& form, const Pool& pool) {
  PoolForm result{
      .features = features_of(reduction.samples, pool)(reduction.imposed, Eigen::all),
      .units = form.isotropic(reduction.label_unit * (reduction.basis * pool.directions)),
      .lengths = VectorD(pool.size()),
      .cross = {}};
  for (Index j = 0; j < pool.size(); ++j) {
    const double length = result.units.col(j).norm();
    result.units.col(j) /= length;
    result.lengths(j) =
        length / gauge_value(reduction.samples, pool.directions.col(j), pool.sides.col(j));
  }
  result.cross = form.cross(result.units).cwiseProduct(result.lengths);
  return result;
}

bool has_free_neuron(const Samples& samples) {
  if (samples.slope != 0) return false;
  // min |s|^2, s = sum_i a_i x_i / |x_i|, a >= 1: if the minimum is 0, every w with all w.x_i <= 0 has
  // w.s < 0 or is 0 on all of them; if not, -s is such a w.
  constexpr int k_sweeps = 100000;
  const MatrixD units = samples.inputs * samples.norms.cwiseInverse().asDiagonal();
  const double small = 1e-9 * std::sqrt(static_cast<double>(samples.size()));
  VectorD amounts = VectorD::Ones(samples.size());
  VectorD sum = units.rowwise().sum();
  for (int sweep = 0; sweep < k_sweeps; ++sweep) {
    if (sum.norm() <= small) return false;
    if ((units.transpose() * sum).minCoeff() >= -1e-12 * sum.norm()) return true;
    for (Index i = 0; i < samples.size(); ++i) {
      const double amount = std::max(1.0, amounts(i) - units.col(i).dot(sum));
      sum += (amount - amounts(i)) * units.col(i);
      amounts(i) = amount;
    }
  }
  return true;
}

BudgetSearch::BudgetSearch(const Reduction& reduction, VectorD labels, double budget,
                           const measure::LossForm& form, std::int64_t seed)
    : reduction_(reduction),
      labels_(std::move(labels)),
      budget_(budget),
      form_(form),
      seed_(seed),
      basis_(reduction.label_unit * reduction.basis),
      voids_(emptiest_directions(
          reduction.samples,
          random::Stream(seed, random::Purpose::worst_starts, k_pool_stream + 2))) {}

/// Vertices +-w, w orthogonal to r - 1 samples: of all such sets where they are few, else of random ones.
void BudgetSearch::add_vertices(Pool& pool) const {
  const Samples& samples = reduction_.samples;
  const Index n = samples.size(), d = samples.dimension();
  std::vector<VectorD> directions;
  const auto add_vertex = [&](const std::vector<Index>& border) {
    const PivotedQr<double> qr(samples.inputs(Eigen::all, border), 1e-9);
    if (qr.rank() < d - 1) return;
    const VectorD normal = qr.complement().col(0);
    directions.push_back(normal);
    directions.push_back(-normal);
  };
  if (d == 1) {
    directions = {VectorD::Constant(1, 1), VectorD::Constant(1, -1)};
  } else if (d == 2) {
    for (Index i = 0; i < n; ++i) add_vertex({i});
    for (VectorD& point : inside_arcs(samples)) directions.push_back(std::move(point));
  } else if (d == 3 && n - 1 <= k_vertices) {
    for (Index i = 0; i < n; ++i)
      for (Index k = 0; k < i; ++k) add_vertex({i, k});
  } else {
    random::Stream stream(seed_, random::Purpose::worst_starts, k_pool_stream);
    const Index vertices = k_vertices * n / 2;
    std::vector<Index> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), Index{0});
    for (Index k = 0; k < vertices; ++k) {
      for (Index p = 0; p < d - 1; ++p) {
        const Index other = p + static_cast<Index>(stream.uniform() * static_cast<double>(n - p));
        std::swap(order[static_cast<std::size_t>(p)], order[static_cast<std::size_t>(other)]);
      }
      add_vertex({order.begin(), order.begin() + (d - 1)});
    }
  }
  add(samples, pool, directions);
}

BudgetSearchState BudgetSearch::start(const Pool& given) const {
  const Samples& samples = reduction_.samples;
  BudgetSearchState state;
  state.pool = given;
  add_vertices(state.pool);
  random::Stream stream(seed_, random::Purpose::worst_starts, k_pool_stream + 1);
  std::vector<VectorD> random(static_cast<std::size_t>(k_random * samples.size()));
  for (VectorD& direction : random) {
    direction.resize(samples.dimension());
    random::fill_normal(stream, direction);
  }
  add(samples, state.pool, random);

  state.initial = state.pool.size();

  // The least cost over the pool; the given directions first.
  const MatrixD all = features_of(samples, state.pool)(reduction_.imposed, Eigen::all);
  const VectorD order = VectorD::LinSpaced(all.cols(), 2, 1);
  const Index r = labels_.size();
  state.base.columns = independent_columns(all, order);
  VectorD coefficients = VectorD::Zero(r);
  if (labels_.norm() > 0) {
    const SimplexSolution fit = solve_simplex(all, labels_, {}, order);
    state.base.columns = fit.basis;
    coefficients = fit.coefficients;
  }
  if (static_cast<Index>(state.base.columns.size()) < r) {
    state.finished = true;
    return state;
  }
  state.base.signs.resize(r + 1);
  state.right.resize(r + 1);
  state.right.head(r) = labels_;
  double cost = 0;
  for (Index k = 0; k < r; ++k) {
    const double extra =
        k_perturbation * budget_ / static_cast<double>(r) * (0.5 + stream.uniform());
    const double sign = labels_.norm() == 0 ? stream.sign() : coefficients(k) < 0 ? -1 : 1;
    state.base.signs(k) = sign;
    state.right.head(r) += extra * sign * all.col(state.base.columns[static_cast<std::size_t>(k)]);
    cost += std::abs(coefficients(k)) + extra;
  }
  state.base.columns.push_back(-1);
  state.base.signs(r) = 1;
  state.right(r) = std::max(budget_, cost);
  return state;
}

/// The linear functional of a start, [m].
VectorD BudgetSearch::functional(const BudgetSearchState& state, const PoolForm& pool,
                                 std::size_t start) const {
  const Samples& samples = reduction_.samples;
  random::Stream stream(seed_, random::Purpose::worst_starts, start);
  const auto k = static_cast<Index>(start - 1);
  const double sign = k % 2 == 0 ? 1 : -1;
  VectorD values(pool.size());
  if (k / 2 < voids_.cols()) {
    // The value there.
    const VectorD z = state.pool.directions.transpose() * voids_.col(k / 2);
    for (Index j = 0; j < values.size(); ++j)
      values(j) = sign * (z(j) > 0 ? z(j) : samples.slope * z(j)) /
                  gauge_value(samples, state.pool.directions.col(j), state.pool.sides.col(j));
  } else {
    // The correlation with a neuron.
    VectorD direction(samples.dimension());
    random::fill_normal(stream, direction);
    const VectorD unit = form_.isotropic(basis_ * direction).normalized();
    values = sign * form_.kernel(pool.units, unit).cwiseProduct(pool.lengths);
  }
  return values;
}

/// E (f - f*)(h - f*) of the functions b and c at two vertices.
double BudgetSearch::error_product(const PoolForm& pool, const Vertex& one, const VectorD& b,
                                   const Vertex& other, const VectorD& c) const {
  const FunctionOnPool f = on_pool(pool, one, b);
  const FunctionOnPool h = on_pool(pool, other, c);
  double sum = form_.target_second_moment() - f.cross - h.cross;
  for (Index k = 0; k < h.weights.size(); ++k)
    sum += h.weights(k) * f.weights.dot(form_.kernel(f.units, h.units.col(k)));
  return sum;
}

/// The function found before that the present one is, or null.
FoundVertex* BudgetSearch::same(BudgetSearchState& state, const PoolForm& pool,
                                const VertexAscent& ascent) const {
  const FoundVertex& present = state.present;
  for (FoundVertex& found : state.found) {
    if (present.loss > found.loss * (1 + k_gain)) continue;
    const VectorD b = VertexAscent(form_, pool, state.right, found.vertex).coefficients();
    const double product =
        error_product(pool, found.vertex, b, present.vertex, ascent.coefficients());
    if (product >= k_same * std::sqrt(found.loss * present.loss)) return &found;
  }
  return nullptr;
}

/// What the oracle finds: peaks of |c(w) - l.sigma(X w)| / g(w), greatest first.
std::vector<Peak> BudgetSearch::violations(const BudgetSearchState& state, const PoolForm& pool,
                                           const VertexAscent& ascent) const {
  const Samples& samples = reduction_.samples;
  const Index n = labels_.size();
  const FunctionOnPool f = on_pool(pool, ascent.vertex(), ascent.coefficients());
  const measure::LossDerivative derivative = form_.derivative(f.units, f.weights, basis_);
  VectorD l = VectorD::Zero(samples.size());
  l(reduction_.imposed) = ascent.multipliers();
  SearchOracle oracle(samples, &derivative);
  const bool plane = samples.dimension() <= 2;
  std::vector<Index> from = largest(ascent.worth(), plane ? 8 * n : 3 * n / 20);
  if (plane) return oracle.peaks_in_cells(l, state.pool.directions(Eigen::all, from)).found;
  for (const Index j : ascent.vertex().columns)
    if (j >= 0) from.push_back(j);
  return oracle
      .peaks(l, state.pool.directions(Eigen::all, from), k_random_climbs,
             random::Stream(seed_, random::Purpose::worst_starts, round_stream(state)))
      .found;
}

namespace {

/// Whether the present function may become the best.
bool is_promising(const BudgetSearchState& state) {
  return state.round < k_trial_rounds ||
         std::ranges::all_of(state.found, [&](const FoundVertex& found) {
           return state.present.loss >= k_promising * found.loss;
         });
}

/// Ends a start without a new function.
void abandon(BudgetSearchState& state) {
  state.pool = selected(state.pool, first(state.kept));
  begin_next(state);
}

}  // namespace

void BudgetSearch::advance(BudgetSearchState& state) const {
  if (state.finished) return;
  ++state.steps;
  const Index n = labels_.size();
  FoundVertex& present = state.present;
  const bool begins = state.round == 0;
  const PoolForm pool =
      form_of(reduction_, form_, begins ? selected(state.pool, first(state.initial)) : state.pool);
  if (begins) {
    present = {.vertex = state.base};
    state.kept = state.pool.size();
    state.still_rounds = 0;
  }
  VertexAscent ascent(form_, pool, state.right, present.vertex);
  if (begins && state.start > 0)
    ascent.maximize(functional(state, pool, state.start), k_linear_pivots * n);
  ascent.ascend(k_pivots * n);
  if (!ascent.is_feasible()) {
    abandon(state);
    return;
  }
  const double loss = ascent.loss() + form_.target_second_moment();
  state.still_rounds = loss > present.loss * (1 + k_gain) ? 0 : state.still_rounds + 1;
  present.vertex = ascent.vertex();
  present.loss = loss;
  if (FoundVertex* const found =
          same(state, begins ? form_of(reduction_, form_, state.pool) : pool, ascent)) {
    ++found->starts;
    abandon(state);
    return;
  }
  if (!is_promising(state)) {
    abandon(state);
    return;
  }
  const double t = ascent.price_of_budget();
  std::vector<Peak> found = violations(state, pool, ascent);
  present.violation = found.empty() ? 0 : std::max(0.0, found.front().value / t - 1);
  ++state.round;
  if (present.violation <= k_violation || state.still_rounds == k_still_rounds ||
      state.round == k_rounds) {
    end_start(state);
    return;
  }
  std::vector<Peak> violated;
  for (Peak& peak : found)
    if (peak.value > t * (1 + 0.1 * k_violation) && std::ssize(violated) < n) {
      peak.side = side_of(reduction_.samples, peak.direction);
      violated.push_back(std::move(peak));
    }
  append(state.pool, violated);
}

/// Notes the present function, and keeps of the directions that came to the pool those that it is made of.
void BudgetSearch::end_start(BudgetSearchState& state) const {
  FoundVertex& present = state.present;
  std::vector<Index> kept = first(state.kept);
  for (Index& j : present.vertex.columns)
    if (j >= state.kept) {
      kept.push_back(j);
      j = std::ssize(kept) - 1;
    }
  state.pool = selected(state.pool, kept);
  present.starts = 1;
  state.found.push_back(present);
  begin_next(state);
}

std::vector<BudgetFunction> BudgetSearch::functions(const BudgetSearchState& state) const {
  std::vector<BudgetFunction> result;
  const Index r = labels_.size();
  const PoolForm pool = form_of(reduction_, form_, state.pool);
  VectorD right = state.right;
  right.head(r) = labels_;
  for (const FoundVertex& found : state.found) {
    const VertexAscent ascent(form_, pool, right, found.vertex);
    const VectorD all = ascent.coefficients();
    std::vector<Index> kept;
    std::vector<double> coefficients;
    for (Index p = 0; p <= r; ++p) {
      const Index j = found.vertex.columns[static_cast<std::size_t>(p)];
      if (j < 0 || !(std::abs(all(p)) > 1e-12 * right(r))) continue;
      kept.push_back(j);
      coefficients.push_back(all(p));
    }
    result.push_back({.loss = ascent.loss() + form_.target_second_moment(),
                      .neurons = selected(state.pool, kept),
                      .coefficients = VectorD::Map(coefficients.data(), std::ssize(coefficients)),
                      .violation = found.violation,
                      .starts = found.starts});
  }
  std::ranges::stable_sort(result, std::ranges::greater{}, &BudgetFunction::loss);
  return result;
}

}  // namespace flatgrid::flattest
