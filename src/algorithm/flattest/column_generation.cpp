// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/column_generation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "flatgrid/algorithm/flattest/master.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"

namespace flatgrid::flattest {

namespace {

constexpr std::int64_t k_simplex_every = 2;  ///< proximal rounds, where the oracle is a search
constexpr double k_near_end = 2;  ///< a round's climbs near the end, times those at the start
/// A better bound is looked at again, with so many times the climbs, after a proximal round if kappa
/// is below k_far, and for all other multipliers.
constexpr Index k_closer_proximal = 3;
constexpr Index k_closer = 5;
constexpr double k_far = 1.1;
/// A recheck that lowers its bound by more than this is worth going on from.
constexpr double k_lowered = 1.5e-4;
/// What the proximal weight rho grows by there.
constexpr double k_resumed_proximity = 30;
/// The proximal term leaves less than this share of the bound unfitted: time for a simplex round.
constexpr double k_fitted = 0.02;

/// A number that no two steps of a search share.
std::uint64_t step_of(const ColumnGenerationState& state) {
  return static_cast<std::uint64_t>(state.round + state.closing + (state.resumed << 20U));
}

/// |l.phi_j| of every feature, [m].
VectorD use_of(const MatrixD& features, const VectorD& multipliers) {
  return (features.transpose() * multipliers).cwiseAbs();
}

/// The pool with the columns of a basis first.
Pool basis_first(const Pool& pool, const std::vector<Index>& basis) {
  std::vector<bool> taken(static_cast<std::size_t>(pool.size()), false);
  for (const Index j : basis) taken[static_cast<std::size_t>(j)] = true;
  std::vector<Index> order = basis;
  for (Index j = 0; j < pool.size(); ++j)
    if (!taken[static_cast<std::size_t>(j)]) order.push_back(j);
  return selected(pool, order);
}

/// Peaks of the same multipliers from two searches.
void merge(Peaks& peaks, Peaks more) {
  peaks.greatest = std::max(peaks.greatest, more.greatest);
  for (Peak& peak : more.found) peaks.found.push_back(std::move(peak));
  std::ranges::stable_sort(peaks.found, std::ranges::greater{}, &Peak::value);
}

/// Peaks above 1, `most` at most.
std::vector<Peak> violations(const Peaks& peaks, Index most) {
  std::vector<Peak> found;
  for (const Peak& peak : peaks.found)
    if (peak.value > 1 + 1e-10 && static_cast<Index>(found.size()) < most) found.push_back(peak);
  return found;
}

/// Appends neurons that stand for more than one of the pool, as long as there are less than `most`.
void append_joined(std::vector<Peak>& found, const JoinedNeurons& neurons, Index most) {
  for (Index j = 0; j < neurons.size(); ++j)
    if (neurons.members[static_cast<std::size_t>(j)] > 1 && static_cast<Index>(found.size()) < most)
      found.push_back({0, neurons.directions.col(j), neurons.sides.col(j)});
}

}  // namespace

std::string_view reason(Termination termination) {
  switch (termination) {
    case Termination::none:
      return "the rounds go on";
    case Termination::closed:
      return "the gap is at most the tolerance";
    case Termination::still:
      return "the gap falls no further";
    case Termination::rounds:
      return "the rounds are used up";
  }
  return {};
}

ColumnGenerationState ColumnGeneration::start(Pool pool, double greatest, Index climbs) const {
  State state;
  state.pool = std::move(pool);
  state.reference = labels_ / greatest;
  state.proximity.weight = 0.1 * greatest;
  state.bound = labels_.dot(labels_) / greatest;
  add(state.candidates, {state.reference, state.bound, climbs, std::nullopt});
  return state;
}

void ColumnGeneration::advance(State& state, std::int64_t rounds) const {
  for (std::int64_t k = 0; k < rounds && !state.finished; ++k) {
    if (state.termination == Termination::none) state.termination = termination(state);
    if (state.termination == Termination::none) {
      proximal_round(state);
      state.progress.note(state.cost, state.bound);
      ++state.round;
    } else if (state.closing < k_closing_rounds && !(oracle_.exact() && is_close(state))) {
      simplex_round(state, {});
      mean_round(state);
      ++state.closing;
    } else if (oracle_.exact()) {
      state.finished = true;
    } else {
      recheck(state);
    }
  }
}

Termination ColumnGeneration::termination(const State& state) const {
  if (is_close(state)) return Termination::closed;
  if (state.progress.still_rounds >= effort_.still_rounds) return Termination::still;
  if (state.round >= effort_.rounds) return Termination::rounds;
  return Termination::none;
}

/// cost / bound - 1 <= tolerance
bool ColumnGeneration::is_close(const State& state) const {
  return state.cost > 0 && state.cost <= state.bound * (1 + effort_.tolerance);
}

void ColumnGeneration::proximal_round(State& state) const {
  // 1. master: l = argmax l.y - (rho/2) |l - l_ref|^2 subject to |Phi'l| <= 1, and its fit b
  const MatrixD features = gauge_.features(state.pool);
  const MasterSolution master =
      solve_master(features, labels_, state.reference, state.proximity.weight,
                   std::clamp(0.01 * state.excess, 1e-9, 1e-2));
  const VectorD& l = master.multipliers;

  // 2. join
  VectorD coefficients = master.coefficients;
  const JoinedNeurons neurons = gauge_.join(
      state.pool, coefficients, effort_.negligible * coefficients.cwiseAbs().maxCoeff());

  // 3. oracle, 4. bound: kappa(l), l.y / kappa(l). The nearer the end, the rarer the violations.
  const double gap = state.cost > 0 ? state.cost / state.bound - 1 : 1;
  const auto climbs = static_cast<Index>(std::clamp(0.02 / gap, 1.0, k_near_end) *
                                         static_cast<double>(effort_.climbs));
  const double before = state.bound;
  const Peaks peaks =
      offer(state, l, use_of(features, l), neurons, climbs, k_closer_proximal, Draw::master);
  state.excess = std::abs(peaks.greatest - 1);
  // How much of the labels the proximal term leaves unfitted, as a share of the bound.
  const VectorD residual = labels_ - features * master.coefficients;
  const double unfitted = std::abs(residual.dot(l)) / l.dot(labels_);
  if (state.bound > before)
    state.proximity.loosen(peaks.greatest, unfitted);
  else
    state.proximity.note_null_round();
  VectorD weights = master.coefficients.cwiseAbs();
  std::vector<Peak> found = violations(peaks, effort_.peaks);
  append_joined(found, neurons, 4 * labels_.size());
  learn(state, found, l, &weights);

  // 5. simplex, 6. mean
  if (unfitted < k_fitted && (oracle_.exact() || state.round % k_simplex_every == 0)) {
    simplex_round(state, weights);
    mean_round(state);
  }
}

/// The least exact fit over the pool, min |b|_1 subject to Phi b = y, and what its own multipliers
/// ask for. `weights` [m] of the pool's directions say where a basis is looked for; empty: nowhere.
void ColumnGeneration::simplex_round(State& state, const VectorD& weights) const {
  const MatrixD features = gauge_.features(state.pool);
  // From the last basis, which stands first in the pool; or from what the master uses most, then
  // what is nearly tight.
  std::vector<Index> last(state.cost > 0 ? static_cast<std::size_t>(labels_.size()) : 0);
  std::iota(last.begin(), last.end(), Index{0});
  VectorD use = use_of(features, state.reference);
  if (weights.size() > 0) use += weights * (1e6 / weights.maxCoeff());
  SimplexSolution fit = solve_simplex(features, labels_, last, use);
  // The last basis costs what it did, unless it was singular to rounding.
  if (!last.empty() && !(fit.cost <= 1.01 * state.cost))
    fit = solve_simplex(features, labels_, {}, use);
  if (!fit.independent) return;
  VectorD coefficients = VectorD::Zero(state.pool.size());
  coefficients(fit.basis) = fit.coefficients;
  const JoinedNeurons neurons = gauge_.join(state.pool, coefficients, 1e-12 * fit.cost);
  const double cost = coefficients.cwiseAbs().sum();
  if (state.cost == 0 || cost < state.cost) {
    state.cost = cost;
    state.neurons = neurons;
    state.coefficients = coefficients;
  }
  const Peaks peaks = offer(state, fit.multipliers, use_of(features, fit.multipliers), neurons,
                            effort_.climbs, k_closer, Draw::simplex);
  state.pool = basis_first(state.pool, fit.basis);
  std::vector<Peak> found = violations(peaks, effort_.peaks);
  append_joined(found, neurons, std::numeric_limits<Index>::max());
  learn(state, found, state.reference, nullptr);
}

/// The mean of the best multipliers so far, and its peaks to the pool. kappa is convex: its bound is
/// no worse than the mean of theirs, and the peaks that one of them has and no search found are
/// rarely those of the others.
void ColumnGeneration::mean_round(State& state) const {
  if (oracle_.exact() || state.candidates.size() < 2) return;
  offer_and_learn(state, multipliers_of(state.candidates).rowwise().mean(), Draw::mean);
}

/// Peaks of multipliers, which become the reference if they bound better than the best so far. By
/// climbs that is looked at `closer` before it counts.
Peaks ColumnGeneration::offer(State& state, const VectorD& multipliers, const VectorD& use,
                              const Pool& neurons, Index climbs, Index closer, Draw draw) const {
  Peaks peaks = oracle_.peaks(
      {multipliers, state.pool, use, neurons, climbs, stream_of(draw, step_of(state))});
  const auto bound = [&] { return multipliers.dot(labels_) / peaks.greatest; };
  const bool near = draw != Draw::master || peaks.greatest < k_far;
  if (!oracle_.exact() && bound() > state.bound && near)
    merge(peaks, oracle_.peaks({multipliers, state.pool, use, neurons, closer * climbs,
                                stream_of(draw, step_of(state)) + 1}));
  if (bound() > state.bound) {
    state.bound = bound();
    state.reference = multipliers / peaks.greatest;
    add(state.candidates, {state.reference, state.bound, (1 + closer) * climbs, std::nullopt});
  }
  return peaks;
}

/// The same without neurons, and the directions that violate the multipliers come to the pool.
void ColumnGeneration::offer_and_learn(State& state, const VectorD& multipliers, Draw draw) const {
  const VectorD use = use_of(gauge_.features(state.pool), multipliers);
  const Peaks peaks = offer(state, multipliers, use, {}, effort_.climbs, k_closer, draw);
  learn(state, violations(peaks, effort_.peaks), state.reference, nullptr);
}

/// Adds directions and keeps the pool within its size: the first r directions (they span), and then
/// those nearest to their limit at these multipliers or at the reference. `weights` of the pool, if
/// there are any, go with it, 0 for what is new.
void ColumnGeneration::learn(State& state, const std::vector<Peak>& found,
                             const VectorD& multipliers, VectorD* weights) const {
  Pool& pool = state.pool;
  gauge_.add(pool, found);
  if (weights != nullptr) weights->conservativeResizeLike(VectorD::Zero(pool.size()));
  if (pool.size() <= effort_.pool) return;
  const MatrixD features = gauge_.features(pool);
  VectorD use = use_of(features, multipliers).cwiseMax(use_of(features, state.reference));
  use.head(labels_.size()).array() += 1e300;
  std::vector<Index> kept = largest(use, effort_.pool * 4 / 5);
  std::ranges::sort(kept);
  pool = selected(pool, kept);
  if (weights != nullptr) *weights = VectorD((*weights)(kept));
}

/// Rechecks the best candidate that has not been, unless a checked one is as good as its claim. If
/// its bound comes out lower, the rounds go on with what was found.
void ColumnGeneration::recheck(State& state) const {
  // Once more against what has been found since: the pool, and the best fit, whose sum |b_j| no bound
  // exceeds whose multipliers obey its neurons.
  confront(state.candidates, gauge_.features(state.pool));
  if (state.neurons.size() > 0) confront(state.candidates, gauge_.features(state.neurons));
  double best = 0;
  for (const Candidate& candidate : state.candidates)
    best = std::max(best, candidate.checked.value_or(0));
  const auto next = std::ranges::find_if(state.candidates, [&](const Candidate& candidate) {
    return !candidate.checked && candidate.claim > best * (1 + k_lowered);
  });
  if (next == state.candidates.end()) {
    state.finished = true;
    return;
  }
  const auto k = static_cast<std::size_t>(next - state.candidates.begin());
  const VectorD& l = next->multipliers;
  const Peaks peaks = oracle_.recheck({l, state.pool, use_of(gauge_.features(state.pool), l),
                                       state.pool, effort_.recheck * next->climbs,
                                       stream_of(Draw::recheck, step_of(state)) + k});
  next->checked = std::min(next->claim, l.dot(labels_) / std::max(peaks.greatest, 1e-300));
  const bool lowered = *next->checked < next->claim * (1 - k_lowered);
  if (lowered && state.resumed < effort_.resumptions) resume(state, k, peaks);
}

/// Goes on from a recheck that lowered a bound, with the peaks it found, and with rounds while there
/// are any. Of the candidates only the checked ones stay: the others rest on as little.
void ColumnGeneration::resume(State& state, std::size_t lowered, const Peaks& peaks) const {
  Candidates& all = state.candidates;
  const Candidate violated = all[lowered];
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(lowered));
  std::erase_if(all, [](const Candidate& candidate) { return !candidate.checked; });
  std::ranges::transform(all, all.begin(), as_checked);
  std::ranges::stable_sort(all, std::ranges::greater{}, &Candidate::claim);
  const std::optional<Candidate> safe = all.empty() ? std::nullopt : std::optional(all.front());
  all.push_back(as_checked(violated));
  std::ranges::stable_sort(all, std::ranges::greater{}, &Candidate::claim);
  state.bound = all.front().claim;
  state.reference = all.front().multipliers;
  state.termination = Termination::none;
  state.closing = 0;
  state.progress = {};
  state.proximity = {.weight = k_resumed_proximity * state.proximity.weight};
  ++state.resumed;
  learn(state, violations(peaks, effort_.peaks), violated.multipliers, nullptr);
  if (safe) retreat(state, violated.multipliers, safe->multipliers);
}

/// Where a recheck found one direction in a thousand that l violates, a checked l' is far from its
/// limit there: a little of l' is enough. The best between them, as far as the pool tells.
void ColumnGeneration::retreat(State& state, const VectorD& violated, const VectorD& safe) const {
  const MatrixD features = gauge_.features(state.pool);
  const VectorD of_violated = features.transpose() * violated;
  const VectorD of_safe = features.transpose() * safe;
  double best = 0, best_share = 0;
  for (int step = 0; step <= 20; ++step) {
    const double share = step / 20.0;
    const double kappa = ((1 - share) * of_violated + share * of_safe).cwiseAbs().maxCoeff();
    const double bound = ((1 - share) * violated + share * safe).dot(labels_) / kappa;
    if (bound > best) best = bound, best_share = share;
  }
  offer_and_learn(state, (1 - best_share) * violated + best_share * safe, Draw::retreat);
}

std::optional<Candidate> ColumnGeneration::best(const State& state) const {
  std::optional<Candidate> best;
  for (const Candidate& candidate : state.candidates) {
    if (!oracle_.exact() && !candidate.checked) continue;
    if (!best || candidate.bound() > best->bound()) best = candidate;
  }
  if (best) best->multipliers /= best->claim / best->bound();
  return best;
}

}  // namespace flatgrid::flattest
