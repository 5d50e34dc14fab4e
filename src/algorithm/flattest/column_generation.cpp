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

constexpr std::int64_t k_simplex_every = 2;  ///< proximal rounds per simplex round
constexpr double k_near_end = 2;  ///< factor of the climbs of a round if the gap is at most 1 %
/// If multipliers seem to have a better bound, a second search with this multiple of the climbs checks it:
/// k_closer_proximal for the multipliers of a proximal round, and only if kappa < k_far; k_closer for all others.
constexpr Index k_closer_proximal = 3;
constexpr Index k_closer = 5;
constexpr double k_far = 1.1;
/// The rounds resume after a recheck that lowers its bound by more than this share of the claim.
constexpr double k_lowered = 1.5e-4;
/// The proximal weight rho is multiplied by this when the rounds resume.
constexpr double k_resumed_proximity = 30;
/// A simplex round follows if the master's fit b leaves |l.(y - Phi b)| / l.y below this.
constexpr double k_fitted = 0.02;

/// A number for the random streams, different in each round, closing round and resumption.
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

/// Adds to `peaks` those that another search found for the same multipliers.
void merge(Peaks& peaks, Peaks more) {
  peaks.greatest = std::max(peaks.greatest, more.greatest);
  for (Peak& peak : more.found) peaks.found.push_back(std::move(peak));
  std::ranges::stable_sort(peaks.found, std::ranges::greater{}, &Peak::value);
}

/// The peaks with |l.phi| > 1, the greatest first, at most `most`.
std::vector<Peak> violations(const Peaks& peaks, Index most) {
  std::vector<Peak> found;
  for (const Peak& peak : peaks.found)
    if (peak.value > 1 + 1e-10 && static_cast<Index>(found.size()) < most) found.push_back(peak);
  return found;
}

/// Appends the neurons that replace more than one direction of the pool, until `found` has `most` peaks.
void append_joined(std::vector<Peak>& found, const JoinedNeurons& neurons, Index most) {
  for (Index j = 0; j < neurons.size(); ++j)
    if (neurons.members[static_cast<std::size_t>(j)] > 1 && static_cast<Index>(found.size()) < most)
      found.push_back({0, neurons.directions.col(j), neurons.sides.col(j)});
}

}  // namespace

std::string_view reason(Termination termination) {
  switch (termination) {
    case Termination::none:
      return "the rounds continue";
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
    } else if (state.closing < k_closing_rounds &&
               !(oracle_.exact() && gap_is_within_tolerance(state))) {
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
  if (gap_is_within_tolerance(state)) return Termination::closed;
  if (state.progress.still_rounds >= effort_.still_rounds) return Termination::still;
  if (state.round >= effort_.rounds) return Termination::rounds;
  return Termination::none;
}

/// cost / bound - 1 <= tolerance
bool ColumnGeneration::gap_is_within_tolerance(const State& state) const {
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

  // 3. oracle, 4. bound: kappa(l), l.y / kappa(l). Violations become rarer as the gap falls: more climbs.
  const double gap = state.cost > 0 ? state.cost / state.bound - 1 : 1;
  const auto climbs = static_cast<Index>(std::clamp(0.02 / gap, 1.0, k_near_end) *
                                         static_cast<double>(effort_.climbs));
  const double before = state.bound;
  const Peaks peaks =
      ask_oracle(state, l, use_of(features, l), neurons, climbs, k_closer_proximal, Draw::master);
  state.excess = std::abs(peaks.greatest - 1);
  // |l.(y - Phi b)| / l.y: the share of the labels that the fit of the master leaves.
  const VectorD residual = labels_ - features * master.coefficients;
  const double unfitted = std::abs(residual.dot(l)) / l.dot(labels_);
  if (state.bound > before)
    state.proximity.loosen(peaks.greatest, unfitted);
  else
    state.proximity.note_null_round();
  VectorD weights = master.coefficients.cwiseAbs();
  std::vector<Peak> found = violations(peaks, effort_.peaks);
  append_joined(found, neurons, 4 * labels_.size());
  extend_pool(state, found, l, &weights);

  // 5. simplex, 6. mean
  if (unfitted < k_fitted && (oracle_.exact() || state.round % k_simplex_every == 0)) {
    simplex_round(state, weights);
    mean_round(state);
  }
}

/// Computes the cheapest exact fit over the pool, min |b|_1 subject to Phi b = y, and adds the peaks of its
/// multipliers to the pool. `weights` [m]: |b| of this round's master, or empty.
void ColumnGeneration::simplex_round(State& state, const VectorD& weights) const {
  const MatrixD features = gauge_.features(state.pool);
  // Starts from the last basis, the first r directions of the pool. If there is none, searches for a basis in the
  // order of `use`: first the directions of the largest `weights`, then those with the largest |l_ref.phi|.
  std::vector<Index> last(state.cost > 0 ? static_cast<std::size_t>(labels_.size()) : 0);
  std::iota(last.begin(), last.end(), Index{0});
  VectorD use = use_of(features, state.reference);
  if (weights.size() > 0) use += weights * (1e6 / weights.maxCoeff());
  SimplexSolution fit = solve_simplex(features, labels_, last, use);
  // From the last basis the simplex method only lowers the cost, unless that basis is numerically singular.
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
  const Peaks peaks = ask_oracle(state, fit.multipliers, use_of(features, fit.multipliers), neurons,
                                 effort_.climbs, k_closer, Draw::simplex);
  state.pool = basis_first(state.pool, fit.basis);
  std::vector<Peak> found = violations(peaks, effort_.peaks);
  append_joined(found, neurons, std::numeric_limits<Index>::max());
  extend_pool(state, found, state.reference, nullptr);
}

/// Adds the peaks of the mean of the best multipliers so far to the pool. kappa is convex and was found to be 1 for
/// each of them, so the bound of the mean is at least the mean of the bounds; and a peak that was missed for one of
/// them is rarely a peak of the others.
void ColumnGeneration::mean_round(State& state) const {
  if (oracle_.exact() || state.candidates.size() < 2) return;
  ask_oracle_and_extend_pool(state, multipliers_of(state.candidates).rowwise().mean(), Draw::mean);
}

/// Returns the peaks of the multipliers. If the bound of the multipliers is the best so far, they become the reference
/// and a candidate. If the oracle climbs, a second search with `closer` times the climbs checks the bound first.
Peaks ColumnGeneration::ask_oracle(State& state, const VectorD& multipliers, const VectorD& use,
                                   const Pool& neurons, Index climbs, Index closer,
                                   Draw draw) const {
  Peaks peaks = oracle_.peaks(
      {multipliers, state.pool, use, neurons, climbs, stream_of(draw, step_of(state))});
  const auto bound = [&] { return multipliers.dot(labels_) / peaks.greatest; };
  const bool near = draw != Draw::master || peaks.greatest < k_far;
  // The stream after that of `draw` is its `closer_` stream.
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

/// The same without neurons; then adds the peaks above 1 to the pool.
void ColumnGeneration::ask_oracle_and_extend_pool(State& state, const VectorD& multipliers,
                                                  Draw draw) const {
  const VectorD use = use_of(gauge_.features(state.pool), multipliers);
  const Peaks peaks = ask_oracle(state, multipliers, use, {}, effort_.climbs, k_closer, draw);
  extend_pool(state, violations(peaks, effort_.peaks), state.reference, nullptr);
}

/// Adds directions to the pool. If it exceeds Effort::pool, keeps 4/5 of this size: the first r directions, whose
/// features are independent, and those with the largest |l.phi| for these multipliers or the reference. Unless null,
/// `weights` [m] follow the pool; new directions have weight 0.
void ColumnGeneration::extend_pool(State& state, const std::vector<Peak>& found,
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

/// Rechecks the first unchecked candidate whose claim exceeds every checked bound by more than k_lowered; if there is
/// none, the search is finished. If the recheck lowers the bound by more than k_lowered, the rounds resume.
void ColumnGeneration::recheck(State& state) const {
  // Lowers the bounds of checked candidates by directions found since their check: those of the pool, and the neurons
  // of the best fit, so that no bound exceeds its cost sum |b_j|.
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

/// Resumes the rounds after the recheck of candidate `lowered`, which found `peaks`. Keeps only the checked candidates,
/// because the claims of the others are equally unreliable.
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
  extend_pool(state, violations(peaks, effort_.peaks), violated.multipliers, nullptr);
  if (safe) retreat(state, violated.multipliers, safe->multipliers);
}

/// Asks the oracle about the combination (1 - t) l + t l' of the best bound over the pool, l violated in a recheck, l'
/// checked. In the few directions that violate l, |l'.phi| is far below 1, so a small t suffices.
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
  ask_oracle_and_extend_pool(state, (1 - best_share) * violated + best_share * safe, Draw::retreat);
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
