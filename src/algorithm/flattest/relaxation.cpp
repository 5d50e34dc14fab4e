// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/relaxation.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "flatgrid/algorithm/flattest/master.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

namespace {

constexpr Index k_pool_per_sample = 10;      ///< the pool holds at most this times r directions
constexpr std::int64_t k_simplex_every = 2;  ///< proximal rounds
/// A relaxation whose gap has not fallen in so many rounds is at its end.
constexpr std::int64_t k_still_rounds = 40;
constexpr Index k_recheck = 25;        ///< its climbs, times those of a round
constexpr double k_dependent = 1e-11;  ///< pivots below this share of the greatest are 0
constexpr double k_outside = 1e-8;     ///< a larger share of the labels is not in the span

/// The root mean square of n samples or labels, their unit; 1 if all are 0.
double unit_of(const MatrixD& values, Index n) {
  const double norm = values.norm();
  return norm > 0 ? norm / std::sqrt(static_cast<double>(n)) : 1;
}

RelaxationProblem scaled(RelaxationProblem problem, double input_unit, double label_unit) {
  problem.inputs /= input_unit;
  problem.labels /= label_unit;
  return problem;
}

MatrixD side_by_side(const MatrixD& a, const MatrixD& b) {
  MatrixD both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return both;
}

}  // namespace

double flatness_at_width(int degree, Index width, double relaxation) {
  const double k = degree;
  return (k + 1) * std::pow(k, -k / (k + 1)) *
         std::pow(static_cast<double>(width), -(k - 1) / (k + 1)) *
         std::pow(relaxation, 2 * k / (k + 1));
}

Relaxation::Relaxation(const RelaxationProblem& problem)
    : input_unit_(unit_of(problem.inputs, problem.inputs.cols())),
      label_unit_(unit_of(problem.labels, problem.inputs.cols())),
      problem_(scaled(problem, input_unit_, label_unit_)),
      oracle_(problem_.activation, problem_.inputs) {
  const MatrixD& inputs = problem_.inputs;
  const Index n = inputs.cols();
  const Index d = inputs.rows();
  // The samples' own directions see what random ones may miss.
  spanning_.resize(d, 6 * n);
  spanning_ << inputs, -inputs, random_directions(problem_.seed, 0, d, 4 * n);
  for (auto direction : spanning_.colwise())
    if (direction.norm() > 0) direction.normalize();
  const MatrixD features = oracle_.features(spanning_);
  // Phi' P = Q R: with W = R^-T on the independent samples and 0 on the others, W Phi = Q'.
  const PivotedQr<double> qr(features.transpose(), k_dependent);
  std::vector<Index> independent = qr.order();
  independent.resize(static_cast<std::size_t>(qr.rank()));
  whitening_ = MatrixD::Zero(qr.rank(), n);
  const MatrixD inverse = qr.inverse_triangle();
  whitening_(Eigen::all, independent) = inverse.transpose();
  labels_ = whitening_ * problem_.labels;
  // The rows of Phi, and with them the labels, that the independent ones determine: R11^-1 R12.
  const MatrixD shares = inverse * qr.coordinates();  // [r, n]
  const double outside =
      (problem_.labels - shares.transpose() * problem_.labels(independent)).norm();
  if (outside > k_outside * problem_.labels.norm())
    obstacle_ =
        "the labels are not in the span of the features of all directions: no network of "
        "this activation fits them";
}

/// Whitened features [r, m].
MatrixD Relaxation::features(const MatrixD& directions) const {
  return whitening_ * oracle_.features(directions);
}

/// l [n] that stands for whitened multipliers: l.phi is the same.
VectorD Relaxation::multipliers(const VectorD& whitened) const {
  return whitening_.transpose() * whitened;
}

/// Peaks of whitened multipliers above `neurons` themselves, and of so many climbs more: half of
/// them from kicked neurons of the pool, those nearest to their limit, half from the best of eight
/// times as many random directions.
SmoothPeaks Relaxation::ask(const RelaxationState& state, const VectorD& whitened,
                            const MatrixD& neurons, Index climbs, std::uint64_t purpose) const {
  const Index d = problem_.inputs.rows();
  const VectorD l = multipliers(whitened);
  const std::uint64_t draw = 1 + 4 * static_cast<std::uint64_t>(state.round) + purpose;
  const Index kicked = state.directions.cols() > 0 ? climbs / 2 : 0;
  const Index random = climbs - kicked;
  const MatrixD candidates = random_directions(problem_.seed, draw, d, 8 * random + kicked);
  MatrixD starts(d, neurons.cols() + climbs);
  starts.leftCols(neurons.cols()) = neurons;
  if (kicked > 0) {
    const VectorD use = (features(state.directions).transpose() * whitened).cwiseAbs();
    const std::vector<Index> tight = largest(use, 2 * labels_.size());
    for (Index j = 0; j < kicked; ++j) {
      const Index near = tight[static_cast<std::size_t>(j) % tight.size()];
      const double size = 0.1 + 0.5 * static_cast<double>(j % 5) / 4;
      starts.col(neurons.cols() + j) =
          state.directions.col(near) + size * candidates.col(8 * random + j);
    }
  }
  const MatrixD screened = candidates.leftCols(8 * random);
  const VectorD values = (oracle_.features(screened).transpose() * l).cwiseAbs();
  starts.rightCols(random) = screened(Eigen::all, largest(values, random));
  return oracle_.peaks(l, starts);
}

RelaxationState Relaxation::start() const {
  RelaxationState state;
  if (!obstacle_.empty() || problem_.labels.norm() == 0) {
    state.reference = VectorD::Zero(labels_.size());
    state.finished = true;
    return state;
  }
  const SmoothPeaks peaks =
      ask(state, labels_, MatrixD(problem_.inputs.rows(), 0), 4 * problem_.starts, 0);
  const std::vector<Index> independent =
      independent_columns(features(spanning_), VectorD::LinSpaced(spanning_.cols(), 2, 1));
  state.directions = side_by_side(spanning_(Eigen::all, independent), peaks.directions);
  state.reference = labels_ / peaks.greatest();
  state.bound = state.reference.dot(labels_);
  state.proximity.weight = 0.1 * peaks.greatest();
  return state;
}

/// Adds peaks, and keeps the pool within its size: the first r directions (they span), and those
/// nearest to their limit at these multipliers or at the reference.
void Relaxation::add_to_pool(RelaxationState& state, const SmoothPeaks& peaks,
                             const VectorD& whitened) const {
  Index count = 0;
  while (count < peaks.values.size() && peaks.values(count) > 1 + 1e-11) ++count;
  state.directions = side_by_side(state.directions, peaks.directions.leftCols(count));
  const Index r = labels_.size();
  const Index most = k_pool_per_sample * r;
  if (state.directions.cols() <= most) return;
  const MatrixD columns = features(state.directions);
  VectorD use = (columns.transpose() * whitened)
                    .cwiseAbs()
                    .cwiseMax((columns.transpose() * state.reference).cwiseAbs());
  use.head(r).array() += 1e300;
  std::vector<Index> kept = largest(use, most * 4 / 5);
  std::sort(kept.begin(), kept.end());
  state.directions = MatrixD(state.directions(Eigen::all, kept));
}

void Relaxation::proximal_round(RelaxationState& state) const {
  const MatrixD columns = features(state.directions);
  const double tolerance = std::clamp(0.01 * state.excess, 1e-9, 1e-2);
  const MasterSolution master =
      solve_master(columns, labels_, state.reference, state.proximity.weight, tolerance);
  const VectorD& l = master.multipliers;
  const VectorD residual = labels_ - columns * master.coefficients;

  const VectorD size = master.coefficients.cwiseAbs();
  std::vector<Index> used = largest(size, 2 * labels_.size());
  while (!used.empty() && size(used.back()) < 1e-4 * size(used.front())) used.pop_back();
  const MatrixD neurons = state.directions(Eigen::all, used);
  SmoothPeaks peaks = ask(state, l, neurons, problem_.starts, 0);
  double kappa = peaks.greatest();
  if (l.dot(labels_) > kappa * state.bound && kappa < 1.1) {
    // A better bound is looked at more closely before it counts.
    const SmoothPeaks more = ask(state, l, peaks.directions, 3 * problem_.starts, 1);
    kappa = std::max(kappa, more.greatest());
    peaks = more;
  }
  state.excess = std::abs(kappa - 1);
  // How much of the labels the proximal term leaves unfitted, as a share of the bound.
  const double unfitted = std::abs(residual.dot(l)) / l.dot(labels_);
  if (l.dot(labels_) > kappa * state.bound) {
    state.bound = l.dot(labels_) / kappa;
    state.reference = l / kappa;
    state.proximity.loosen(kappa, unfitted);
  } else {
    state.proximity.note_null_round();
  }
  add_to_pool(state, peaks, l);
  if (unfitted < 0.02 && state.round % k_simplex_every == 0) simplex_round(state);
}

/// The least exact fit over the pool, and what its own multipliers ask for.
void Relaxation::simplex_round(RelaxationState& state) const {
  const MatrixD columns = features(state.directions);
  const VectorD use = (columns.transpose() * state.reference).cwiseAbs();
  const SimplexSolution fit = solve_simplex(columns, labels_, {}, use);
  if (!fit.independent) return;
  const MatrixD neurons = state.directions(Eigen::all, fit.basis);
  if (state.cost == 0 || fit.cost < state.cost) {
    state.cost = fit.cost;
    std::vector<Index> used;
    for (Index j = 0; j < fit.coefficients.size(); ++j)
      if (std::abs(fit.coefficients(j)) > 1e-12 * fit.cost) used.push_back(j);
    state.neurons = neurons(Eigen::all, used);
    state.shares = fit.coefficients(used);
  }
  const VectorD& l = fit.multipliers;
  SmoothPeaks peaks = ask(state, l, neurons, problem_.starts, 2);
  double kappa = peaks.greatest();
  if (l.dot(labels_) > kappa * state.bound) {
    peaks = ask(state, l, peaks.directions, 3 * problem_.starts, 3);
    kappa = std::max(kappa, peaks.greatest());
    if (l.dot(labels_) > kappa * state.bound) {
      state.bound = l.dot(labels_) / kappa;
      state.reference = l / kappa;
    }
  }
  add_to_pool(state, peaks, l);
}

void Relaxation::advance(RelaxationState& state) const {
  if (state.finished) return;
  const bool close = state.cost > 0 && state.cost <= state.bound * (1 + problem_.tolerance);
  const bool still = state.progress.still_rounds >= k_still_rounds;
  if (!close && !still && state.round < problem_.rounds) {
    proximal_round(state);
    state.progress.note(state.cost, state.bound);
    ++state.round;
    return;
  }
  if (state.cost == 0) simplex_round(state);
  state.round = problem_.rounds + 1;  // a draw of its own
  const SmoothPeaks peaks =
      ask(state, state.reference, state.directions, k_recheck * problem_.starts, 0);
  state.reference /= std::max(peaks.greatest(), 1.0);
  state.bound = state.reference.dot(labels_);
  state.finished = true;
}

RelaxedFit Relaxation::result(const RelaxationState& state) const {
  // sigma / g carries the unit of 1 / x.
  RelaxedFit fit;
  fit.lower = state.bound * input_unit_ * label_unit_;
  fit.cost = state.cost * input_unit_ * label_unit_;
  fit.directions = state.neurons;
  fit.shares = state.shares * input_unit_ * label_unit_;
  fit.whitened_multipliers = state.reference * input_unit_;
  fit.multipliers = multipliers(fit.whitened_multipliers);
  return fit;
}

double relaxation_rounds(std::int64_t most) { return std::min(static_cast<double>(most), 40.0); }

double relaxation_flops(Index samples, Index dimension, double rounds, Index climbs) {
  const auto n = static_cast<double>(samples);
  const double ratio = 4 * n * static_cast<double>(dimension) + 60 * n;
  const double climb = 30 * ratio;
  const double pool = 0.7 * static_cast<double>(k_pool_per_sample) * n;
  // As for degree 1 (price.cpp): 13 iterations of the master, 4 n pivots of the simplex method.
  const double master = 13 * (n * n * pool + n * n * n / 3 + 12 * n * pool);
  const double simplex = 4 * n * (4 * n * n + n * pool / 4) / k_simplex_every;
  const double search = climb * (3 * static_cast<double>(climbs) + 2 * n);
  const double recheck = climb * (k_recheck * static_cast<double>(climbs) + pool);
  return 30 * n * n * n + rounds * (master + simplex + search + 2 * n * n * pool) + recheck;
}

double relaxation_bytes(Index samples, Index dimension, Index climbs) {
  const auto n = static_cast<double>(samples);
  const auto d = static_cast<double>(dimension);
  const double pool = static_cast<double>(k_pool_per_sample) * n + static_cast<double>(climbs) * 4;
  const double screened = 8 * k_recheck * static_cast<double>(climbs) / 2;
  // Features [n, m], what the master makes of them, and directions of the pool; those of the
  // screened directions of the recheck with their derivatives; a dozen n x n matrices.
  return 8 * (pool * (6 * n + 3 * d) + screened * (4 * n + 2 * d) + 30 * n * n + 30 * n * d) + 4e6;
}

RelaxedFit relax(const RelaxationProblem& problem) {
  const Relaxation relaxation(problem);
  RelaxationState state = relaxation.start();
  while (!state.finished) relaxation.advance(state);
  return relaxation.result(state);
}

}  // namespace flatgrid
