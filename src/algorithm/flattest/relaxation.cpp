// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/relaxation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "flatgrid/algorithm/flattest/simplex.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::flattest {

namespace {

/// The rounds end if the gap has fallen by less than 20 % in this number of rounds.
constexpr std::int64_t k_still_rounds = 40;
/// No climb starts from neurons whose coefficient is below this share of the largest.
constexpr double k_negligible = 1e-4;
constexpr double k_dependent = 1e-11;  ///< pivots below this share of the greatest count as 0
constexpr double k_outside = 1e-8;  ///< largest share of the labels outside the span, from rounding

/// The unit of n samples or labels: their root mean square; 1 if all are 0.
double unit_of(const MatrixD& values, Index n) {
  const double norm = values.norm();
  return norm > 0 ? norm / std::sqrt(static_cast<double>(n)) : 1;
}

RelaxationProblem scaled(RelaxationProblem problem, double input_unit, double label_unit) {
  problem.inputs /= input_unit;
  problem.labels /= label_unit;
  return problem;
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
  // The directions of the samples may have features that random directions miss.
  spanning_.resize(d, 6 * n);
  spanning_ << inputs, -inputs,
      random_directions(problem_.seed, stream_of(Draw::first_pool), d, 4 * n);
  for (auto direction : spanning_.colwise())
    if (direction.norm() > 0) direction.normalize();
  const MatrixD features = oracle_.features(spanning_);
  // A pivoted decomposition Phi' E = Q [R1 R2], E a permutation of the samples, whose first r are independent: with
  // P = R1^-T on these and 0 on the others, P Phi = Q'.
  const PivotedQr<double> qr(features.transpose(), k_dependent);
  std::vector<Index> independent = qr.order();
  independent.resize(static_cast<std::size_t>(qr.rank()));
  whitening_ = MatrixD::Zero(qr.rank(), n);
  const MatrixD inverse = qr.inverse_triangle();
  whitening_(Eigen::all, independent) = inverse.transpose();
  labels_ = whitening_ * problem_.labels;
  // Phi = C' Phi_independent with C = R1^-1 [R1 R2] E', so labels that a network fits have y = C' y_independent.
  const MatrixD combinations = inverse * qr.coordinates();  // C [r, n]
  const double outside =
      (problem_.labels - combinations.transpose() * problem_.labels(independent)).norm();
  if (outside > k_outside * problem_.labels.norm())
    obstacle_ =
        "the labels are not in the span of the features of all directions: no network of "
        "this activation fits them";
}

ColumnGeneration Relaxation::generation() const {
  const Index r = labels_.size();
  return {labels_,
          *this,
          *this,
          {.tolerance = problem_.tolerance,
           .rounds = problem_.rounds,
           .still_rounds = k_still_rounds,
           .climbs = problem_.starts,
           .pool = k_relaxation_pool_per_sample * r,
           .peaks = k_relaxation_pool_per_sample * r,
           .negligible = k_negligible,
           .recheck = k_relaxation_recheck}};
}

/// Whitened features [r, m].
MatrixD Relaxation::features(const Pool& pool) const {
  return whitening_ * oracle_.features(pool.directions);
}

/// Joins nothing; drops neurons with |b_j| <= negligible.
JoinedNeurons Relaxation::join(const Pool& pool, VectorD& coefficients, double negligible) const {
  std::vector<Index> kept;
  for (Index j = 0; j < coefficients.size(); ++j)
    if (std::abs(coefficients(j)) > negligible) kept.push_back(j);
  coefficients = VectorD(coefficients(kept));
  return {selected(pool, kept), std::vector<Index>(kept.size(), 1)};
}

/// Peaks reached from the neurons, and from `climbs` further starts: half of them are perturbed directions of the pool
/// with the largest |l.phi|, half are the best of eight times as many random directions; all are random if the pool is
/// empty.
Peaks Relaxation::peaks(const Question& question) const {
  const Index d = problem_.inputs.rows();
  const VectorD l = whitening_.transpose() * question.multipliers;
  const Index neurons = question.neurons.size();
  const Index kicked = question.pool.size() > 0 ? question.climbs / 2 : 0;
  const Index random = question.climbs - kicked;
  const MatrixD drawn = random_directions(problem_.seed, question.stream, d, 8 * random + kicked);
  MatrixD starts(d, neurons + question.climbs);
  if (neurons > 0) starts.leftCols(neurons) = question.neurons.directions;
  const std::vector<Index> tight = largest(question.use, 2 * labels_.size());
  for (Index j = 0; j < kicked; ++j) {
    const Index near = tight[static_cast<std::size_t>(j) % tight.size()];
    const double size = 0.1 + 0.5 * static_cast<double>(j % 5) / 4;
    starts.col(neurons + j) = question.pool.directions.col(near) + size * drawn.col(8 * random + j);
  }
  const MatrixD screened = drawn.leftCols(8 * random);
  const VectorD values = (oracle_.features(screened).transpose() * l).cwiseAbs();
  starts.rightCols(random) = screened(Eigen::all, largest(values, random));
  const SmoothPeaks found = oracle_.peaks(l, starts);
  // kappa is at least the maximum over the pool, so that no bound exceeds the cost over the pool.
  Peaks peaks{.greatest = found.greatest(), .found = {}};
  if (question.use.size() > 0) peaks.greatest = std::max(peaks.greatest, question.use.maxCoeff());
  for (Index j = 0; j < found.values.size() && found.values(j) > question.threshold; ++j)
    peaks.found.push_back({found.values(j), found.directions.col(j), {}});
  return peaks;
}

ColumnGenerationState Relaxation::start() const {
  if (!obstacle_.empty() || problem_.labels.norm() == 0) {
    ColumnGenerationState state;
    state.finished = true;
    return state;
  }
  const Index climbs = 4 * problem_.starts;
  const Peaks of_labels = peaks({.multipliers = labels_,
                                 .pool = {},
                                 .use = {},
                                 .neurons = {},
                                 .climbs = climbs,
                                 .stream = stream_of(Draw::labels),
                                 .threshold = 0});
  Pool pool{spanning_, Sides(0, spanning_.cols())};
  const std::vector<Index> independent =
      independent_columns(features(pool), VectorD::LinSpaced(spanning_.cols(), 2, 1));
  pool = selected(pool, independent);
  append(pool, of_labels.found);
  return generation().start(std::move(pool), of_labels.greatest, climbs);
}

void Relaxation::advance(ColumnGenerationState& state) const { generation().advance(state, 1); }

RelaxedFit Relaxation::result(const ColumnGenerationState& state) const {
  // sigma / g has the unit of 1 / x, so V has that of x y, and l that of x.
  RelaxedFit fit;
  fit.cost = state.cost * input_unit_ * label_unit_;
  fit.directions = state.neurons.directions;
  fit.shares = state.coefficients * input_unit_ * label_unit_;
  const auto best = generation().best(state);
  fit.lower = best ? best->bound() * input_unit_ * label_unit_ : 0;
  fit.whitened_multipliers =
      best ? VectorD(best->multipliers * input_unit_) : VectorD::Zero(labels_.size());
  fit.multipliers = whitening_.transpose() * fit.whitened_multipliers;
  return fit;
}

RelaxedFit relax(const RelaxationProblem& problem) {
  const Relaxation relaxation(problem);
  ColumnGenerationState state = relaxation.start();
  while (!state.finished) relaxation.advance(state);
  return relaxation.result(state);
}

}  // namespace flatgrid::flattest
