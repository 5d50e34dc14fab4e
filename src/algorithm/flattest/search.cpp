// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "flatgrid/algorithm/flattest/certificate.hpp"
#include "flatgrid/algorithm/flattest/faces.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/master.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/base/decompositions.hpp"

namespace flatgrid {

namespace {

/// The pool holds at most this times n directions; smaller ones forget what the next rounds need.
constexpr Index k_pool_per_sample = 25;
constexpr Index k_pool_per_sample_exact = 60;
constexpr Index k_peaks_per_sample = 2;  ///< new directions a round, times n
constexpr Index k_peaks_per_sample_exact = 6;
constexpr std::int64_t k_simplex_every = 2;  ///< proximal rounds, where the oracle is a search
constexpr std::int64_t k_closing_rounds = 3;
constexpr Index k_candidates = 4;  ///< multipliers that are kept for the recheck
constexpr Index k_recheck = 10;    ///< its climbs, times all those that the claim rests on
constexpr double k_near_end = 2;   ///< a round's climbs near the end, times those at the start
/// A search whose gap has not fallen in so many rounds is at its end.
constexpr std::int64_t k_still_rounds = 12;
/// A recheck that lowers its bound by more than this is worth going on from, so many times.
constexpr double k_lowered = 1.5e-4;
constexpr std::int64_t k_resumed = 4;
/// What the proximal weight rho grows by there.
constexpr double k_resumed_proximity = 30;
constexpr double k_interpolates = 1e-16;

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
void join(Peaks& peaks, Peaks more) {
  peaks.greatest = std::max(peaks.greatest, more.greatest);
  for (Peak& peak : more.found) peaks.found.push_back(std::move(peak));
  std::stable_sort(peaks.found.begin(), peaks.found.end(),
                   [](const Peak& a, const Peak& b) { return a.value > b.value; });
}

/// Those above 1, `most` at most.
std::vector<Peak> violations(Peaks peaks, Index most) {
  std::vector<Peak> found;
  for (Peak& peak : peaks.found)
    if (peak.value > 1 + 1e-10 && static_cast<Index>(found.size()) < most)
      found.push_back(std::move(peak));
  return found;
}

/// Neurons as peaks, their value being how many were joined in each.
std::vector<Peak> as_peaks(const JoinedNeurons& pool) {
  std::vector<Peak> peaks;
  for (Index j = 0; j < pool.size(); ++j)
    peaks.push_back({static_cast<double>(pool.members[static_cast<std::size_t>(j)]),
                     pool.directions.col(j), pool.sides.col(j)});
  return peaks;
}

}  // namespace

FlattestSearch::FlattestSearch(FlattestProblem problem) : problem_(std::move(problem)) {
  // abs: borders are no cheaper for a stored network (gauge.hpp).
  reduction_ = reduce(problem_.inputs, problem_.labels, problem_.slope,
                      problem_.slope * problem_.slope, problem_.least_extent);
  labels_ = reduction_.labels(reduction_.imposed);
  const Samples& samples = reduction_.samples;
  if (reduction_.obstacle.empty() && samples.size() > 0 && labels_.norm() > 0 &&
      problem_.slope != 1 && faces_can_be_visited(samples.size(), samples.dimension()) &&
      can_be_certified(problem_.inputs)) {
    // The signs of the stored samples, unless a dimension was dropped that they have.
    ExactSamples exact = exact_samples(problem_.inputs(Eigen::all, reduction_.first));
    if (exact.rank != samples.dimension()) exact = exact_samples(samples.inputs);
    faces_ = std::make_unique<FaceOracle>(samples, enumerate_faces(exact));
  }
}

Index FlattestSearch::most_peaks() const {
  return (faces_ ? k_peaks_per_sample_exact : k_peaks_per_sample) * labels_.size();
}

/// The features of a pool [n, m], rows of the imposed samples.
MatrixD FlattestSearch::features(const Pool& pool) const {
  MatrixD all = features_of(reduction_.samples, pool);
  if (static_cast<Index>(reduction_.imposed.size()) < all.rows())
    all = MatrixD(all(reduction_.imposed, Eigen::all));
  return all;
}

/// Peaks of multipliers [imposed rows]: over all faces, or by so many climbs, a third of them from
/// random directions and the others from kicked directions of the pool, those nearest to their
/// limit by `use` = |l.features|. Violations are found two to three times as often near old peaks as at random.
Peaks FlattestSearch::ask(const FlattestState& state, const VectorD& multipliers,
                          const VectorD& use, Index climbs, std::uint64_t purpose) const {
  return ask(reduction_.samples, state, multipliers, use, climbs, purpose);
}

Peaks FlattestSearch::ask(const Samples& samples, const FlattestState& state,
                          const VectorD& multipliers, const VectorD& use, Index climbs,
                          std::uint64_t purpose) const {
  const Index d = samples.dimension();
  VectorD l = VectorD::Zero(samples.size());
  l(reduction_.imposed) = multipliers;
  if (faces_) return faces_->peaks(l, 1 + 1e-10, 6 * samples.size());
  const auto index =
      static_cast<std::uint64_t>(state.round + state.closing + (state.resumed << 20U)) * 16 +
      purpose;
  Stream stream(problem_.seed, Purpose::flattest_starts, index + 1);
  const Index random = climbs / 3;
  const std::vector<Index> tight = largest(use, 2 * labels_.size());
  MatrixD starts(d, climbs - random);
  VectorD kick(d);
  for (Index k = 0; k < starts.cols(); ++k) {
    const auto base =
        static_cast<std::size_t>(stream.uniform() * static_cast<double>(tight.size()));
    const double size = 0.2 + 0.4 * stream.uniform();
    fill_normal(stream, kick);
    starts.col(k) =
        state.pool.directions.col(tight[base]) + size / std::sqrt(static_cast<double>(d)) * kick;
  }
  SearchOracle oracle(samples);
  Peaks peaks = oracle.peaks(l, starts, random, std::move(stream));
  // So that no bound is above what the pool costs.
  peaks.greatest = std::max(peaks.greatest, use.maxCoeff());
  return peaks;
}

FlattestState FlattestSearch::start() const {
  FlattestState state;
  const Samples& samples = reduction_.samples;
  const Index n = samples.size();
  const Index d = samples.dimension();
  // Nothing to do, or nothing that can be done; the identity's answer is a formula.
  if (!reduction_.obstacle.empty() || labels_.norm() == 0 || problem_.slope == 1) {
    state.finished = true;
    return state;
  }
  // The peaks of l = y, and random directions until the features span.
  Pool pool;
  VectorD l = VectorD::Zero(n);
  l(reduction_.imposed) = labels_;
  Stream stream(problem_.seed, Purpose::flattest_starts, 0);
  const Index random = std::max<Index>(4 * problem_.starts, n / 2);
  Peaks peaks;
  if (faces_) {
    peaks = faces_->peaks(l, 0, 6 * n);
  } else {
    SearchOracle oracle(samples);
    peaks = oracle.peaks(l, MatrixD(d, 0), random, stream);
  }
  append(pool, peaks.found);
  std::vector<Index> independent;
  for (int attempt = 0; attempt < 6; ++attempt) {
    std::vector<Peak> more;
    for (Index k = 0; k < 2 * n; ++k) {
      VectorD direction(d);
      fill_normal(stream, direction);
      direction.normalize();
      Side side = side_of(samples, direction);
      more.push_back({0, std::move(direction), std::move(side)});
    }
    append(pool, more);
    independent = independent_columns(features(pool), VectorD::LinSpaced(pool.size(), 2, 1));
    if (independent.size() == reduction_.imposed.size()) break;
  }
  std::vector<Index> kept = independent;
  std::vector<bool> taken(static_cast<std::size_t>(pool.size()), false);
  for (const Index j : independent) taken[static_cast<std::size_t>(j)] = true;
  for (Index j = 0; j < static_cast<Index>(peaks.found.size()); ++j)
    if (!taken[static_cast<std::size_t>(j)]) kept.push_back(j);
  state.pool = selected(pool, kept);
  state.reference = labels_ / peaks.greatest;
  state.proximity.weight = 0.1 * peaks.greatest;
  state.candidates = MatrixD(labels_.size(), 0);
  claim(state, labels_, peaks.greatest, random);
  state.bound = state.claims(0);
  return state;
}

/// Notes a bound l.y / kappa among the best, and how many climbs it rests on.
void FlattestSearch::claim(FlattestState& state, const VectorD& multipliers, double kappa,
                           Index climbs) const {
  const double bound = multipliers.dot(labels_) / kappa;
  const Index count = state.claims.size();
  Index place = 0;
  while (place < count && state.claims(place) >= bound) ++place;
  // What has been checked stays: no claim that has not can replace it.
  const bool last_stays = count == k_candidates && state.checked(count - 1) >= 0;
  const Index last = last_stays ? k_candidates - 1 : k_candidates;
  if (place >= last || !(bound > 0)) return;
  const Index size = std::min(count + 1, k_candidates);
  state.candidates.conservativeResize(labels_.size(), size);
  state.claims.conservativeResize(size);
  state.checked.conservativeResize(size);
  state.climbs.conservativeResize(size);
  for (Index k = std::min(size, last) - 1; k > place; --k) {
    state.candidates.col(k) = state.candidates.col(k - 1);
    state.claims(k) = state.claims(k - 1);
    state.checked(k) = state.checked(k - 1);
    state.climbs(k) = state.climbs(k - 1);
  }
  state.candidates.col(place) = multipliers / kappa;
  state.claims(place) = bound;
  state.checked(place) = -1;
  state.climbs(place) = static_cast<double>(climbs);
}

/// Adds peaks and keeps the pool within its size: the first n directions (they span), and then
/// those nearest to their limit at these multipliers or at the reference. `weights` of the pool go
/// with it, 0 for what is new.
void FlattestSearch::add_to_pool(FlattestState& state, const std::vector<Peak>& peaks,
                                 const VectorD& multipliers, VectorD& weights) const {
  const Index n = labels_.size();
  Pool& pool = state.pool;
  // Sides are taken from the directions again: a wrong one would make a feature too cheap.
  std::vector<Peak> sound = peaks;
  for (Peak& peak : sound) peak.side = side_of(reduction_.samples, peak.direction);
  append(pool, sound);
  weights.conservativeResizeLike(VectorD::Zero(pool.size()));
  const Index most = (faces_ ? k_pool_per_sample_exact : k_pool_per_sample) * n;
  if (pool.size() > most) {
    const MatrixD columns = features(pool);
    VectorD use = (columns.transpose() * multipliers)
                      .cwiseAbs()
                      .cwiseMax((columns.transpose() * state.reference).cwiseAbs());
    use.head(n).array() += 1e300;
    std::vector<Index> kept = largest(use, most * 4 / 5);
    std::sort(kept.begin(), kept.end());
    pool = selected(pool, kept);
    weights = VectorD(weights(kept));
  }
}

void FlattestSearch::add_to_pool(FlattestState& state, const std::vector<Peak>& peaks,
                                 const VectorD& multipliers) const {
  VectorD no_weights;
  add_to_pool(state, peaks, multipliers, no_weights);
}

/// Peaks of multipliers that may bound better than the best so far, which is looked at more closely
/// before it counts.
Peaks FlattestSearch::offer(FlattestState& state, const VectorD& multipliers, const VectorD& use,
                            std::uint64_t purpose) const {
  Peaks peaks = ask(state, multipliers, use, problem_.starts, purpose);
  const auto bound = [&] { return multipliers.dot(labels_) / peaks.greatest; };
  if (!faces_ && bound() > state.bound)
    join(peaks, ask(state, multipliers, use, 5 * problem_.starts, purpose + 1));
  if (bound() > state.bound) {
    claim(state, multipliers, peaks.greatest, 6 * problem_.starts);
    state.bound = bound();
    state.reference = multipliers / peaks.greatest;
  }
  return peaks;
}

/// The same, and the directions that violate them come to the pool.
void FlattestSearch::offer_and_learn(FlattestState& state, const VectorD& multipliers,
                                     const VectorD& use, std::uint64_t purpose) const {
  Peaks peaks = offer(state, multipliers, use, purpose);
  add_to_pool(state, violations(std::move(peaks), most_peaks()), state.reference);
}

void FlattestSearch::proximal_round(FlattestState& state) const {
  const Samples& samples = reduction_.samples;
  const Index n = labels_.size();
  const MatrixD columns = features(state.pool);
  const double tolerance = std::clamp(0.01 * state.excess, 1e-9, 1e-2);
  const MasterSolution master =
      solve_master(columns, labels_, state.reference, state.proximity.weight, tolerance);
  const VectorD& l = master.multipliers;
  const VectorD residual = labels_ - columns * master.coefficients;

  VectorD coefficients = master.coefficients;
  const JoinedNeurons neurons =
      join_neurons(samples, state.pool, coefficients, 1e-6 * coefficients.cwiseAbs().maxCoeff());
  const VectorD use = (columns.transpose() * l).cwiseAbs();
  // The nearer the end, the rarer the violations.
  const double gap = state.cost > 0 ? state.cost / state.bound - 1 : 1;
  const auto climbs = static_cast<Index>(std::clamp(0.02 / gap, 1.0, k_near_end) *
                                         static_cast<double>(problem_.starts));
  Peaks peaks = ask(state, l, use, climbs, 0);
  const auto bound = [&] { return l.dot(labels_) / peaks.greatest; };
  if (!faces_ && bound() > state.bound && peaks.greatest < 1.1) {
    // A better bound is looked at more closely before it counts.
    join(peaks, ask(state, l, use, 3 * climbs, 1));
  }
  const double kappa = peaks.greatest;
  state.excess = std::abs(kappa - 1);
  // How much of the labels the proximal term leaves unfitted, as a share of the bound.
  const double unfitted = std::abs(residual.dot(l)) / l.dot(labels_);
  if (bound() > state.bound) {
    claim(state, l, kappa, 4 * climbs);
    state.bound = bound();
    state.reference = l / kappa;
    state.proximity.loosen(kappa, unfitted);
  } else {
    state.proximity.note_null_round();
  }
  // What is new: peaks above 1, and neurons that were joined.
  std::vector<Peak> found = violations(std::move(peaks), most_peaks());
  for (Peak& peak : as_peaks(neurons))
    if (peak.value > 1 && static_cast<Index>(found.size()) < 4 * n)
      found.push_back(std::move(peak));
  VectorD weights = master.coefficients.cwiseAbs();
  add_to_pool(state, found, l, weights);
  if (unfitted < 0.02 && (faces_ || state.round % k_simplex_every == 0)) {
    simplex_round(state, weights);
    mean_round(state);
  }
}

void FlattestSearch::simplex_round(FlattestState& state, const VectorD& weights) const {
  const Samples& samples = reduction_.samples;
  const MatrixD columns = features(state.pool);
  // From the last basis, which stands first in the pool; or from what the master uses most, then
  // what is nearly tight.
  std::vector<Index> last;
  if (state.cost > 0) {
    last.resize(static_cast<std::size_t>(labels_.size()));
    std::iota(last.begin(), last.end(), Index{0});
  }
  VectorD use = (columns.transpose() * state.reference).cwiseAbs();
  if (weights.size() > 0) use += weights * (1e6 / weights.maxCoeff());
  SimplexSolution fit = solve_simplex(columns, labels_, last, use);
  // The last basis costs what it did, unless it was singular to rounding.
  if (!last.empty() && !(fit.cost <= 1.01 * state.cost))
    fit = solve_simplex(columns, labels_, {}, use);
  if (!fit.independent) return;
  VectorD coefficients = VectorD::Zero(state.pool.size());
  for (std::size_t k = 0; k < fit.basis.size(); ++k)
    coefficients(fit.basis[k]) = fit.coefficients(static_cast<Index>(k));
  const JoinedNeurons neurons = join_neurons(samples, state.pool, coefficients, 1e-12 * fit.cost);
  const double cost = coefficients.cwiseAbs().sum();
  if (state.cost == 0 || cost < state.cost) {
    state.cost = cost;
    state.neurons = neurons;
    state.coefficients = coefficients;
  }
  const VectorD& l = fit.multipliers;
  const VectorD near = (columns.transpose() * l).cwiseAbs();
  std::vector<Peak> found = violations(offer(state, l, near, 2), most_peaks());
  for (Peak& peak : as_peaks(neurons))
    if (peak.value > 1) found.push_back(std::move(peak));
  state.pool = basis_first(state.pool, fit.basis);
  add_to_pool(state, found, state.reference);
}

/// The mean of the best multipliers so far, and its peaks to the pool. kappa is convex: its bound is
/// no worse than the mean of theirs, and the peaks that one of them has and no search found are
/// rarely those of the others.
void FlattestSearch::mean_round(FlattestState& state) const {
  if (faces_ || state.claims.size() < 2) return;
  const VectorD l = state.candidates.rowwise().mean();
  offer_and_learn(state, l, (features(state.pool).transpose() * l).cwiseAbs(), 4);
}

/// Rechecks the best candidate that has not been, unless a checked one is as good as its claim. If
/// its bound comes out lower, the search goes on with what was found.
void FlattestSearch::check(FlattestState& state) const {
  confront(state);
  const double best = state.checked.size() > 0 ? state.checked.maxCoeff() : 0;
  for (Index k = 0; k < state.claims.size(); ++k) {
    if (state.checked(k) >= 0 || state.claims(k) <= best * (1 + k_lowered)) continue;
    const VectorD l = state.candidates.col(k);
    const VectorD use = (features(state.pool).transpose() * l).cwiseAbs();
    // As the measure counts sigma'(0), which for abs is less than what the search minimizes.
    Samples samples = reduction_.samples;
    samples.square_at_zero = problem_.derivative_at_zero * problem_.derivative_at_zero;
    const Peaks peaks = ask(samples, state, l, use, k_recheck * static_cast<Index>(state.climbs(k)),
                            8 + static_cast<std::uint64_t>(k));
    state.checked(k) = std::min(state.claims(k), l.dot(labels_) / std::max(peaks.greatest, 1e-300));
    const bool lowered = state.checked(k) < state.claims(k) * (1 - k_lowered);
    if (lowered && state.resumed < k_resumed &&
        samples.square_at_zero == reduction_.samples.square_at_zero)
      resume(state, k, peaks);
    return;
  }
  state.finished = true;
}

/// Checked bounds once more against what has been found since: the pool, and the best network, whose
/// F = sum |c_j| no bound exceeds whose multipliers obey its neurons.
void FlattestSearch::confront(FlattestState& state) const {
  for (const Pool* pool : {&state.pool, &state.neurons}) {
    if (pool->size() == 0 || state.claims.size() == 0) continue;
    const MatrixD of_candidates = features(*pool).transpose() * state.candidates;
    const VectorD kappa = of_candidates.cwiseAbs().colwise().maxCoeff();
    for (Index k = 0; k < state.claims.size(); ++k)
      if (state.checked(k) >= 0)
        state.checked(k) = std::min(state.checked(k), state.claims(k) / kappa(k));
  }
}

/// Goes on from a recheck that lowered a bound, with the peaks it found, and with rounds while there
/// are any. Of the candidates only the checked ones stay: the others rest on as little.
void FlattestSearch::resume(FlattestState& state, Index lowered, const Peaks& peaks) const {
  const VectorD l = state.candidates.col(lowered);
  const VectorD checked = state.checked;
  std::vector<Index> kept = largest(checked, checked.size());
  std::erase_if(kept, [&](Index k) { return checked(k) < 0; });
  const VectorD share = checked(kept).cwiseQuotient(state.claims(kept));
  state.candidates = MatrixD(state.candidates(Eigen::all, kept)) * share.asDiagonal();
  state.climbs = VectorD(state.climbs(kept));
  state.claims = state.checked = VectorD(checked(kept));
  state.bound = state.claims(0);
  state.reference = state.candidates.col(0);
  state.closing = 0;
  state.progress = {};
  state.proximity = {.weight = k_resumed_proximity * state.proximity.weight};
  ++state.resumed;
  add_to_pool(state, violations(peaks, 6 * labels_.size()), l);
  const auto safe = std::ranges::find_if(kept, [&](Index k) { return k != lowered; });
  if (safe != kept.end()) retreat(state, l, state.candidates.col(safe - kept.begin()));
}

/// Where a recheck found one direction in a thousand that l violates, a checked l' is far from its
/// limit there: a little of l' is enough. The best between them, as far as the pool tells.
void FlattestSearch::retreat(FlattestState& state, const VectorD& l, const VectorD& safe) const {
  const MatrixD columns = features(state.pool);
  const VectorD of_l = columns.transpose() * l;
  const VectorD of_safe = columns.transpose() * safe;
  double best = 0, best_share = 0;
  for (int step = 0; step <= 20; ++step) {
    const double share = step / 20.0;
    const double kappa = ((1 - share) * of_l + share * of_safe).cwiseAbs().maxCoeff();
    const double bound = ((1 - share) * l + share * safe).dot(labels_) / kappa;
    if (bound > best) best = bound, best_share = share;
  }
  const VectorD between = (1 - best_share) * l + best_share * safe;
  offer_and_learn(state, between, (columns.transpose() * between).cwiseAbs(), 6);
}

void FlattestSearch::advance(FlattestState& state, std::int64_t rounds) const {
  for (std::int64_t k = 0; k < rounds && !state.finished; ++k) {
    const double tolerance =
        faces_ ? problem_.tolerance : std::max(problem_.tolerance, k_search_tolerance);
    const bool close = state.cost > 0 && state.cost <= state.bound * (1 + tolerance);
    const bool still = state.progress.still_rounds >= k_still_rounds;
    if (state.closing == 0 && state.round < problem_.rounds && !close && !still) {
      proximal_round(state);
      state.progress.note(state.cost, state.bound);
      ++state.round;
    } else if (state.closing < k_closing_rounds && !(close && faces_)) {
      simplex_round(state, {});
      mean_round(state);
      ++state.closing;
    } else if (faces_) {
      state.finished = true;
    } else {
      state.closing = std::max(state.closing, k_closing_rounds);
      check(state);
    }
  }
}

/// The direction of the identity's network and its coefficient: w = X^+ y, F = c ||y||.
std::pair<Pool, VectorD> FlattestSearch::linear_network() const {
  const Samples& samples = reduction_.samples;
  const VectorD w = LeastSquares(samples.rows).solve(reduction_.labels);
  const double price = std::sqrt(samples.scale * samples.scale * samples.squared_norms.sum());
  return {{w.normalized(), Side::Ones(samples.size())},
          VectorD::Constant(1, price * (samples.rows * w).norm())};
}

FlattestResult FlattestSearch::network(const FlattestState& state) const {
  FlattestResult result;
  result.network = Network<double>::zero(0, problem_.inputs.rows());
  result.multipliers = VectorD::Zero(problem_.inputs.cols());
  result.gap = std::numeric_limits<double>::quiet_NaN();
  if (!reduction_.obstacle.empty()) {
    result.message = reduction_.obstacle;
    return result;
  }
  if (labels_.norm() == 0) {
    result.interpolates = true;
    return result;
  }
  const bool linear = problem_.slope == 1;
  const auto& [neurons, coefficients] =
      linear ? linear_network() : std::pair{state.neurons, state.coefficients};
  if (coefficients.size() == 0) {
    result.message =
        "no interpolator was found: the features of all directions tried do not span "
        "the labels";
    return result;
  }
  RefittedNetwork made = refit(problem_.inputs, problem_.labels, reduction_, neurons, coefficients,
                               problem_.derivative_at_zero);
  result.network = std::move(made.network);
  result.flatness = made.flatness;
  result.residual = made.residual;
  result.neurons = result.network.width();
  result.neurons_on_faces = made.neurons_on_faces;
  result.interpolates = made.residual <= k_interpolates;
  if (!result.interpolates)
    result.message = linear ? "the labels are not linear in the inputs: no network fits them"
                            : fmt::format("the fit stalls at a relative squared residual of {:.2g}",
                                          made.residual);
  if (problem_.width > 0 && result.neurons > problem_.width) {
    result.interpolates = false;
    result.message = "the flattest interpolator found has " + std::to_string(result.neurons) +
                     " neurons: a width of " + std::to_string(result.neurons) + " would do, not " +
                     std::to_string(problem_.width);
  }
  return result;
}

FlattestResult FlattestSearch::result(const FlattestState& state) const {
  FlattestResult result = network(state);
  if (result.network.width() == 0) {
    // The zero network is the flattest for zero labels, of F = 0; else there is none.
    if (result.interpolates) result.kind = BoundKind::certified, result.gap = 0;
    return result;
  }
  const Index total = problem_.inputs.cols();
  if (problem_.slope == 1) {
    // Every linear network has F >= c ||sum_j b_j X w_j|| = c ||y||; n d roundings.
    const Samples& samples = reduction_.samples;
    const double price = std::sqrt(samples.scale * samples.scale * samples.squared_norms.sum());
    const VectorD l = reduction_.labels / reduction_.labels.norm() * price;
    result.multipliers = reduction_.expanded(l) * reduction_.input_unit;
    const double rounding = static_cast<double>(problem_.inputs.size() + total + 8) *
                            std::numeric_limits<double>::epsilon();
    result.lower_bound = 2 / static_cast<double>(total) * problem_.inputs.stableNorm() *
                         problem_.labels.stableNorm() * (1 - rounding);
    result.kind = BoundKind::certified;
  } else {
    Index best = 0;
    double value = -1;
    for (Index k = 0; k < state.claims.size(); ++k) {
      const double bound = state.checked(k) >= 0 ? state.checked(k) : faces_ ? state.claims(k) : 0;
      if (bound > value) value = bound, best = k;
    }
    if (value <= 0) return result;
    const double kappa = state.claims(best) / value;
    VectorD l = VectorD::Zero(reduction_.samples.size());
    l(reduction_.imposed) = state.candidates.col(best) / kappa;
    result.multipliers = reduction_.expanded(l) * reduction_.input_unit;
    result.lower_bound =
        faces_ ? certified_lower_bound(problem_.inputs, problem_.labels, problem_.slope,
                                       problem_.derivative_at_zero, result.multipliers)
               : value * reduction_.flatness_unit();
    result.kind = faces_ ? BoundKind::certified : BoundKind::estimated;
  }
  if (!(result.lower_bound > 0))
    result.kind = BoundKind::none;
  else if (result.interpolates)
    result.gap = result.flatness / result.lower_bound - 1;
  return result;
}

}  // namespace flatgrid
