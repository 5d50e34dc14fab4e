// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "flatgrid/algorithm/flattest/certificate.hpp"
#include "flatgrid/algorithm/flattest/face_oracle.hpp"
#include "flatgrid/algorithm/flattest/faces.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/refit.hpp"
#include "flatgrid/algorithm/flattest/search_oracle.hpp"
#include "flatgrid/algorithm/flattest/simplex.hpp"

namespace flatgrid::flattest {

namespace {

/// The size of the pool, and the number of new directions per round, both / n: for an oracle that climbs, and for
/// one that visits all faces.
constexpr Index k_pool_per_sample = 25;
constexpr Index k_pool_per_sample_exact = 60;
constexpr Index k_peaks_per_sample = 2;
constexpr Index k_peaks_per_sample_exact = 6;

/// Multipliers of the reduced samples, [n], from those of the imposed rows; 0 for the other rows.
VectorD on_samples(const Reduction& reduction, const VectorD& multipliers) {
  VectorD all = VectorD::Zero(reduction.samples.size());
  all(reduction.imposed) = multipliers;
  return all;
}

/// All faces, found in exact arithmetic from the stored samples; from the reduced samples if the reduction has dropped
/// a dimension.
FaceSigns faces_of(const FlattestProblem& problem, const Reduction& reduction) {
  ExactSamples exact = exact_samples(problem.inputs(Eigen::all, reduction.first));
  if (exact.rank != reduction.samples.dimension()) exact = exact_samples(reduction.samples.inputs);
  return enumerate_faces(exact);
}

/// The exact oracle: visits every face.
class AllFaces final : public Oracle {
 public:
  AllFaces(const Reduction& reduction, const FaceSigns& faces)
      : reduction_(reduction), faces_(reduction.samples, faces) {}

  [[nodiscard]] Peaks peaks(const Question& question) const override {
    return faces_.peaks(on_samples(reduction_, question.multipliers), question.threshold,
                        6 * reduction_.samples.size());
  }
  [[nodiscard]] bool exact() const override { return true; }

 private:
  const Reduction& reduction_;
  FaceOracle faces_;
};

/// The oracle that climbs. A third of the climbs start from random directions, the others from perturbed directions of
/// the pool with the largest |l.phi|: these find violations two to three times as often as random directions.
class GreatCircleClimbs final : public Oracle {
 public:
  GreatCircleClimbs(const Reduction& reduction, const FlattestProblem& problem)
      : reduction_(reduction), measured_(reduction.samples), seed_(problem.seed) {
    measured_.square_at_zero = problem.derivative_at_zero * problem.derivative_at_zero;
  }

  [[nodiscard]] Peaks peaks(const Question& question) const override {
    return climb(reduction_.samples, question);
  }
  /// With sigma'(0) as the measures define it; for abs this gauge is smaller than that of the search.
  [[nodiscard]] Peaks recheck(const Question& question) const override {
    return climb(measured_, question);
  }

 private:
  [[nodiscard]] Peaks climb(const Samples& samples, const Question& question) const {
    const Index d = samples.dimension();
    random::Stream stream(seed_, random::Purpose::flattest_starts, question.stream);
    const bool first = question.pool.size() == 0;
    const Index random = first ? question.climbs : question.climbs / 3;
    const std::vector<Index> tight = largest(question.use, 2 * question.multipliers.size());
    MatrixD starts(d, question.climbs - random);
    VectorD kick(d);
    for (Index k = 0; k < starts.cols(); ++k) {
      const auto base =
          static_cast<std::size_t>(stream.uniform() * static_cast<double>(tight.size()));
      const double size = 0.2 + 0.4 * stream.uniform();
      random::fill_normal(stream, kick);
      starts.col(k) = question.pool.directions.col(tight[base]) +
                      size / std::sqrt(static_cast<double>(d)) * kick;
    }
    SearchOracle oracle(samples);
    Peaks peaks = oracle.peaks(on_samples(reduction_, question.multipliers), starts, random,
                               std::move(stream));
    // kappa is at least the maximum over the pool, so that no bound exceeds the cost over the pool.
    if (!first) peaks.greatest = std::max(peaks.greatest, question.use.maxCoeff());
    return peaks;
  }

  const Reduction& reduction_;
  Samples measured_;
  std::int64_t seed_;
};

}  // namespace

FlattestSearch::FlattestSearch(FlattestProblem problem) : problem_(std::move(problem)) {
  // The search uses sigma'(0)^2 = slope^2. For abs the measures have sigma'(0) = 0, but no stored network gains from it
  // (gauge.hpp).
  reduction_ = reduce(problem_.inputs, problem_.labels, problem_.slope,
                      problem_.slope * problem_.slope, problem_.least_extent, problem_.gauge);
  labels_ = reduction_.labels(reduction_.imposed);
  const Samples& samples = reduction_.samples;
  if (!reduction_.obstacle.empty() || labels_.norm() == 0) return;
  if (faces_can_be_visited(samples.size(), samples.dimension()) &&
      can_be_certified(problem_.inputs))
    oracle_ = std::make_unique<AllFaces>(reduction_, faces_of(problem_, reduction_));
  else
    oracle_ = std::make_unique<GreatCircleClimbs>(reduction_, problem_);
}

ColumnGeneration FlattestSearch::generation() const {
  const Index n = labels_.size();
  const bool exact = oracle_->exact();
  // For abs the recheck uses another gauge than the search, so the search cannot resume with its peaks.
  const bool same_gauge = problem_.gauge == GaugeKind::path_norm ||
                          std::abs(problem_.slope) == std::abs(problem_.derivative_at_zero);
  return {
      labels_,
      *this,
      *oracle_,
      {.tolerance = exact ? problem_.tolerance : std::max(problem_.tolerance, k_search_tolerance),
       .rounds = problem_.rounds,
       .climbs = problem_.starts,
       .pool = (exact ? k_pool_per_sample_exact : k_pool_per_sample) * n,
       .peaks = (exact ? k_peaks_per_sample_exact : k_peaks_per_sample) * n,
       .resumptions = same_gauge ? Effort{}.resumptions : 0}};
}

/// The features of a pool in the imposed rows, [r, m].
MatrixD FlattestSearch::features(const Pool& pool) const {
  MatrixD all = features_of(reduction_.samples, pool);
  if (static_cast<Index>(reduction_.imposed.size()) < all.rows())
    all = MatrixD(all(reduction_.imposed, Eigen::all));
  return all;
}

JoinedNeurons FlattestSearch::join(const Pool& pool, VectorD& coefficients,
                                   double negligible) const {
  return join_neurons(reduction_.samples, pool, coefficients, negligible);
}

/// Recomputes the plus sides from the directions: with a wrong plus side the gauge of a direction would be too low.
void FlattestSearch::add(Pool& pool, const std::vector<Peak>& peaks) const {
  std::vector<Peak> sound = peaks;
  for (Peak& peak : sound) peak.side = side_of(reduction_.samples, peak.direction);
  append(pool, sound);
}

/// The first pool: random directions and peaks of l = y with r independent features, then the other peaks of l = y.
ColumnGenerationState FlattestSearch::start() const {
  // All labels are 0, or no network fits them.
  if (!oracle_) {
    ColumnGenerationState state;
    state.finished = true;
    return state;
  }
  const Index n = reduction_.samples.size();
  const Index d = dimension();
  const Index climbs = std::max<Index>(4 * problem_.starts, n / 2);
  const std::uint64_t stream_index = stream_of(Draw::first_pool);
  const Peaks peaks = oracle_->peaks({.multipliers = labels_,
                                      .pool = {},
                                      .use = {},
                                      .neurons = {},
                                      .climbs = climbs,
                                      .stream = stream_index,
                                      .threshold = 0});
  Pool pool;
  append(pool, peaks.found);
  random::Stream stream(problem_.seed, random::Purpose::flattest_starts, stream_index);
  std::vector<Index> kept;
  for (int attempt = 0; attempt < 6 && kept.size() < reduction_.imposed.size(); ++attempt) {
    std::vector<Peak> more(static_cast<std::size_t>(2 * n));
    for (Peak& peak : more) {
      peak.direction.resize(d);
      random::fill_normal(stream, peak.direction);
      peak.direction.normalize();
    }
    add(pool, more);
    kept = independent_columns(features(pool), VectorD::LinSpaced(pool.size(), 2, 1));
  }
  std::vector<bool> taken(static_cast<std::size_t>(pool.size()), false);
  for (const Index j : kept) taken[static_cast<std::size_t>(j)] = true;
  for (Index j = 0; j < static_cast<Index>(peaks.found.size()); ++j)
    if (!taken[static_cast<std::size_t>(j)]) kept.push_back(j);
  return generation().start(selected(pool, kept), peaks.greatest, climbs);
}

void FlattestSearch::advance(ColumnGenerationState& state, std::int64_t rounds) const {
  if (oracle_) generation().advance(state, rounds);
}

FlattestResult refitted_result(const FlattestProblem& problem, const Reduction& reduction,
                               const Pool& neurons, const VectorD& coefficients) {
  FlattestResult result;
  result.network = network::Network<double>::zero(0, problem.inputs.rows());
  result.multipliers = VectorD::Zero(problem.inputs.cols());
  result.gap = std::numeric_limits<double>::quiet_NaN();
  if (!reduction.obstacle.empty()) {
    result.message = reduction.obstacle;
    return result;
  }
  if (reduction.labels.norm() == 0) {
    // The zero network interpolates with F = 0.
    result.interpolates = true;
    result.kind = algorithm::BoundKind::certified;
    result.gap = 0;
    return result;
  }
  if (coefficients.size() == 0) {
    result.message =
        "no interpolator was found: the features of all directions tried do not span "
        "the labels";
    return result;
  }
  RefittedNetwork made = refit(problem.inputs, problem.labels, reduction, neurons, coefficients,
                               problem.derivative_at_zero, problem.gauge);
  result.network = std::move(made.network);
  result.cost = made.cost;
  result.residual = made.residual;
  result.neurons = result.network.width();
  result.neurons_on_faces = made.neurons_on_faces;
  result.interpolates = made.residual <= k_interpolates;
  if (!result.interpolates)
    result.message =
        fmt::format("the fit stalls at a relative squared residual of {:.2g}", made.residual);
  if (problem.width > 0 && result.neurons > problem.width) {
    result.interpolates = false;
    result.message =
        fmt::format("the {2} found has {0} neurons: it needs a width of {0}, not {1}",
                    result.neurons, problem.width,
                    problem.gauge == GaugeKind::flatness ? "flattest interpolator"
                                                         : "interpolator of least path norm");
  }
  return result;
}

FlattestResult FlattestSearch::network(const ColumnGenerationState& state) const {
  FlattestResult result = refitted_result(problem_, reduction_, state.neurons, state.coefficients);
  result.ending = state.termination;
  return result;
}

FlattestResult FlattestSearch::result(const ColumnGenerationState& state) const {
  FlattestResult result = network(state);
  if (result.network.width() == 0) return result;
  const std::optional<Candidate> best = generation().best(state);
  if (!best) return result;
  result.multipliers = reduction_.expanded(on_samples(reduction_, best->multipliers)) *
                       (reduction_.cost_unit / reduction_.label_unit);
  if (oracle_->exact() && can_be_certified(problem_.inputs, problem_.gauge)) {
    result.lower_bound =
        certified_lower_bound(problem_.inputs, problem_.labels, problem_.slope,
                              problem_.derivative_at_zero, result.multipliers, problem_.gauge);
    result.kind = algorithm::BoundKind::certified;
  } else {
    result.lower_bound = best->bound() * reduction_.cost_unit;
    result.kind = algorithm::BoundKind::estimated;
  }
  if (!(result.lower_bound > 0))
    result.kind = algorithm::BoundKind::none;
  else if (result.interpolates)
    result.gap = result.cost / result.lower_bound - 1;
  return result;
}

}  // namespace flatgrid::flattest
