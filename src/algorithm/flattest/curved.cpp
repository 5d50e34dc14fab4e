// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/curved.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/algorithm/descent/penalty.hpp"
#include "flatgrid/algorithm/flattest/apportionment.hpp"
#include "flatgrid/algorithm/flattest/fixed_width.hpp"
#include "flatgrid/algorithm/flattest/price.hpp"
#include "flatgrid/algorithm/flattest/relaxation.hpp"
#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/least_trace.hpp"
#include "flatgrid/measure/residual.hpp"

namespace flatgrid::flattest {

namespace {

constexpr double k_infinity = std::numeric_limits<double>::infinity();

/// Directions of the measure closer than these angles are merged in the starts except the last: neurons that the
/// simplex method has split, and neurons that one neuron can nearly replace.
constexpr double k_angles[] = {0.1, 0.3, 0.01, 0};
constexpr std::size_t k_starts = 5;
constexpr Index k_lightest = 3;            ///< number of neurons that a hop may move
constexpr Index k_highest = 8;             ///< number of maxima to which it may move them
constexpr double k_fits = 1e-6;            ///< the relative squared residual of a minimum
constexpr double k_lower = 1e-6;           ///< a hop lowers F by more than this share
constexpr int k_hop_iterations = 100;      ///< largest number of iterations of a hop
constexpr double k_same_direction = 1e-3;  ///< 1 - cosine below which neurons share a maximum
constexpr double k_first_share = 0.3;      ///< share of a moved neuron / the largest share
constexpr int k_polish_iterations = 10;    ///< iterations that count as a step

/// The largest number of Newton iterations: twice the flops of the penalty's gradients, within limits.
std::int64_t most_iterations(const algorithm::TrainingSettings& training, Index samples,
                             Index width, Index dimension) {
  const double gradients = 4.0 * static_cast<double>(training.steps) *
                           static_cast<double>(samples) * static_cast<double>(width) *
                           static_cast<double>(dimension);
  const double share = gradients / fixed_width_flops(samples, width, std::min(dimension, samples));
  return static_cast<std::int64_t>(std::clamp(2 * share, 600.0, 6000.0));
}

enum class Stage { penalty, relaxation, descents, polish, done };

/// The end of a descent, and its merit.
struct Minimum {
  FixedWidthState at;
  double height = k_infinity;  ///< T + mu ||r||
};

template <class Archive>
void serialize(Archive& archive, Minimum& minimum) {
  auto& [at, height] = minimum;
  archive(at, height);
}

struct CurvedState {
  Stage stage = Stage::penalty;
  std::int64_t steps = 0;
  std::string penalty;               ///< state of the penalty's run, until it has ended
  network::Network<double> network;  ///< network of the penalty; at the end the flattest
  ColumnGenerationState relaxation;
  FixedWidthState descent;      ///< the current descent
  std::int64_t iterations = 0;  ///< iterations of all descents
  std::vector<Minimum> starts;  ///< starts of the chains, the lowest first after all are computed
  std::size_t chain = 0;        ///< the start of the current chain
  std::int64_t failed = 0;      ///< consecutive hops of the chain without a gain
  Minimum place;                ///< current minimum of the chain
  Minimum best;                 ///< best minimum of the finished chains
  std::string polish;           ///< state of the polish
};

template <class Archive>
void serialize(Archive& archive, CurvedState& state) {
  auto& [stage, steps, penalty, network, relaxation, descent, iterations, starts, chain, failed,
         place, best, polish] = state;
  archive(stage, steps, penalty, network, relaxation, descent, iterations, starts, chain, failed,
          place, best, polish);
}

/// An orthonormal basis [d, n] of the span of the samples if d > n, else the identity.
MatrixD basis_of(const MatrixD& inputs) {
  const Index d = inputs.rows();
  const Index n = inputs.cols();
  if (d <= n) return MatrixD::Identity(d, d);
  return orthonormalized(inputs);
}

/// ||f(X) - y||^2 / ||y||^2
double residual_of(const algorithm::Task& task, const network::Network<double>& network) {
  network::Workspace<double> workspace(network.width());
  VectorD outputs;
  network::predict(task.activation, network, task.inputs, workspace, outputs);
  return measure::relative_residual((outputs - task.labels).squaredNorm(), task.labels);
}

class CurvedRun final : public algorithm::Run {
 public:
  explicit CurvedRun(const algorithm::Task& task)
      : task_(task),
        basis_(basis_of(task.inputs)),
        inputs_(basis_.transpose() * task.inputs),
        reduced_{.training = task.training,
                 .activation = task.activation,
                 .input_law = nullptr,
                 .inputs = inputs_,
                 .labels = task.labels,
                 .width = task.width,
                 .seed = task.seed},
        relaxation_(
            {.activation = task.activation,
             .inputs = inputs_,
             .labels = task.labels,
             .seed = task.seed,
             .tolerance = std::max(task.training.flattest.tolerance, k_relaxation_tolerance),
             .rounds = task.training.flattest.rounds,
             .starts = task.training.flattest.starts}),
        descent_(reduced_, relaxation_.whitening()),
        oracle_(task.activation, inputs_),
        most_iterations_(
            most_iterations(task.training, task.samples(), task.width, task.dimension())),
        penalty_(descent::start_penalty(task)) {
    state_.network = network::Network<double>::zero(task.width, task.dimension());
    if (task.labels.norm() == 0 || !relaxation_.obstacle().empty()) state_.stage = Stage::done;
  }

  void advance(std::int64_t budget) override {
    switch (state_.stage) {
      case Stage::penalty:
        return penalize(budget);
      case Stage::relaxation:
        return relax_more();
      case Stage::descents:
        return descend();
      case Stage::polish:
        return polish();
      case Stage::done:
        return;
    }
  }
  [[nodiscard]] bool finished() const override { return state_.stage == Stage::done; }
  [[nodiscard]] std::int64_t steps() const override { return state_.steps; }
  [[nodiscard]] const network::Network<double>* network() const override {
    return state_.stage == Stage::penalty ? penalty_->network() : &state_.network;
  }
  [[nodiscard]] std::optional<algorithm::LowerBound> flatness_bound() const override {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    if (task_.labels.norm() == 0) {
      return algorithm::LowerBound{.value = 0,
                                   .kind = algorithm::BoundKind::certified,
                                   .gap = 0,
                                   .neurons_on_faces = nan,
                                   .multipliers = VectorD::Zero(task_.samples())};
    }
    if (!relaxation_.obstacle().empty()) {
      return algorithm::LowerBound{.value = 0,
                                   .kind = algorithm::BoundKind::none,
                                   .gap = nan,
                                   .neurons_on_faces = nan,
                                   .multipliers = {}};
    }
    const RelaxedFit relaxed = relaxation_.result(state_.relaxation);
    const double bound = flatness_at_width(task_.activation.degree(), task_.width, relaxed.lower);
    return algorithm::LowerBound{
        .value = bound,
        .kind = algorithm::BoundKind::estimated,
        .gap = interpolates(state_.network) ? flatness(state_.network) / bound - 1 : nan,
        .neurons_on_faces = nan,
        .multipliers = relaxed.multipliers};
  }
  [[nodiscard]] std::string obstacle() const override {
    const Index parameters = task_.width * (reduced_.dimension() + 1);
    if (!relaxation_.obstacle().empty()) return relaxation_.obstacle();
    if (parameters < relaxation_.whitening().rows())
      return fmt::format("a width of {} has {} parameters for {} independent labels", task_.width,
                         parameters, relaxation_.whitening().rows());
    return {};
  }
  [[nodiscard]] std::string save() const override {
    CurvedState state = state_;
    if (state_.stage == Stage::penalty) state.penalty = penalty_->save();
    if (polish_) state.polish = polish_->save();
    return bytes_of(state);
  }
  void load(std::string_view bytes) override {
    state_ = from_bytes<CurvedState>(bytes);
    if (state_.stage == Stage::penalty) penalty_->load(state_.penalty);
    state_.penalty.clear();
  }

 private:
  [[nodiscard]] double flatness(const network::Network<double>& network) const {
    return measure::flatness_orbit_min(
        measure::neuron_traces(task_.activation, network, task_.inputs), task_.activation.degree());
  }
  [[nodiscard]] bool interpolates(const network::Network<double>& network) const {
    return residual_of(task_, network) <= task_.training.interpolation_tolerance;
  }

  void penalize(std::int64_t budget) {
    const std::int64_t before = penalty_->steps();
    penalty_->advance(budget);
    state_.steps += penalty_->steps() - before;
    if (!penalty_->finished() && !penalty_->diverged()) return;
    if (!penalty_->diverged()) state_.network = *penalty_->network();
    state_.relaxation = relaxation_.start();
    state_.stage = Stage::relaxation;
  }

  void relax_more() {
    relaxation_.advance(state_.relaxation);
    ++state_.steps;
    if (!state_.relaxation.finished) return;
    state_.stage = Stage::descents;
    start_descent();
  }

  /// Starts a descent from a network of the relaxation or of the penalty. The first multipliers are those that
  /// hold if the bound is attained: the multipliers of V times the derivative of the bound.
  void start_descent() {
    const std::size_t start = state_.starts.size();
    const int degree = task_.activation.degree();
    const RelaxedFit fit = relaxation_.result(state_.relaxation);
    const network::Network<double> from =
        start == k_starts - 1
            ? network::Network<double>{state_.network.inner * basis_, state_.network.outer}
            : network_of(joined({fit.directions, fit.shares}, k_angles[start]), task_.width, degree,
                         oracle_);
    const double bound = flatness_at_width(degree, task_.width, fit.lower);
    const VectorD l = 2.0 * degree / (degree + 1) * bound / fit.lower * fit.whitened_multipliers;
    state_.descent = descent_.start(from, l, l.norm());
  }

  /// One iteration of a descent; at its end the next start or the next hop.
  void descend() {
    descent_.advance(state_.descent);
    ++state_.steps;
    ++state_.iterations;
    const FixedWidthState& at = state_.descent;
    const bool starting = state_.starts.size() < k_starts;
    if (!at.finished && (starting || at.iterations < k_hop_iterations)) return;
    const bool fits = residual_of(reduced_, at.network) <= k_fits;
    const double height = fits ? descent_.merit(at.network, at.weight) : k_infinity;
    if (starting) {
      state_.starts.push_back({at, height});
      if (state_.starts.size() < k_starts) return start_descent();
      std::ranges::stable_sort(state_.starts, {}, &Minimum::height);
      state_.place = state_.starts[0];
    } else if (height < state_.place.height * (1 - k_lower)) {
      state_.place = {at, height};
      state_.failed = 0;
    } else {
      ++state_.failed;
    }
    go_on();
  }

  /// The next hop of the chain; after the last hop the next chain; after the last chain the polish.
  void go_on() {
    while (state_.place.height < k_infinity) {
      const bool more = state_.iterations < most_iterations_;
      if (more && hop()) return;
      if (state_.place.height < state_.best.height) state_.best = state_.place;
      if (!more || ++state_.chain == k_starts) break;
      state_.place = state_.starts[state_.chain];
      state_.failed = 0;
    }
    state_.stage = state_.best.height < k_infinity ? Stage::polish : Stage::done;
  }

  /// The next hop from the current minimum of the chain. False if all hops have failed.
  bool hop() {
    const network::Network<double>& here = state_.place.at.network;
    const VectorD l = relaxation_.whitening().transpose() * state_.place.at.multipliers;
    const Index starts = std::max<Index>(1, task_.training.flattest.starts / 2);
    const MatrixD random = random_directions(
        task_.seed, stream_of(Draw::hop, static_cast<std::uint64_t>(state_.chain)), inputs_.rows(),
        starts);
    MatrixD from(inputs_.rows(), task_.width + starts);
    from << here.inner.transpose(), random;
    const SmoothPeaks peaks = oracle_.peaks(l, from);
    const Index lightest = std::min(k_lightest, task_.width);
    const Index highest = std::min(k_highest, peaks.values.size());
    if (task_.width < 2 || state_.failed >= lightest * highest) return false;

    const VectorD size = measure::orbit_contributions(
        measure::neuron_traces(task_.activation, here, inputs_), task_.activation.degree());
    const std::vector<Index> order = largest(-size, task_.width);  // lightest first
    const Index taken = order[static_cast<std::size_t>(state_.failed % lightest)];
    const VectorD peak = peaks.directions.col(state_.failed / lightest);
    // The neuron at this maximum, if any.
    Index other = -1;
    double nearest = 1 - k_same_direction;
    for (Index j = 0; j < task_.width; ++j) {
      const double cosine = here.inner.row(j).dot(peak) / here.inner.row(j).norm();
      if (j != taken && cosine > nearest) nearest = cosine, other = j;
    }
    network::Network<double> next = here;
    if (other >= 0) {
      next.outer(other) /= 2;
      next.outer(taken) = next.outer(other);
      next.inner.row(taken) = next.inner.row(other);
    } else {
      const Index heaviest = order.back();
      const double asked = l.dot(oracle_.features(peak).col(0));
      next.inner.row(taken) = here.inner.row(heaviest).norm() * peak.transpose();
      next.outer(taken) = std::copysign(k_first_share * here.outer(heaviest), asked);
    }
    state_.descent = descent_.start(next, state_.place.at.multipliers, state_.place.at.scale);
    return true;
  }

  void polish() {
    if (!polish_) {
      polish_ = std::make_unique<polish::Polish>(reduced_, state_.best.at.network);
      if (!state_.polish.empty()) polish_->load(state_.polish);
    }
    polish_->advance(k_polish_iterations);
    if (!polish_->finished()) return;
    network::Network<double> found = polish_->network();
    found.inner = MatrixD(found.inner * basis_.transpose());
    measure::to_least_trace(task_.activation, task_.inputs, found);
    const bool better = interpolates(found) && (!interpolates(state_.network) ||
                                                flatness(found) < flatness(state_.network));
    if (better) state_.network = std::move(found);
    state_.stage = Stage::done;
  }

  algorithm::Task task_;
  MatrixD basis_;            ///< [d, min(d, n)], a basis of the span of the samples
  MatrixD inputs_;           ///< the samples in this basis
  algorithm::Task reduced_;  ///< the task with these inputs
  Relaxation relaxation_;
  FixedWidth descent_;
  SmoothOracle oracle_;
  std::int64_t most_iterations_;
  std::unique_ptr<algorithm::Run> penalty_;
  std::unique_ptr<polish::Polish> polish_;
  CurvedState state_;
};

}  // namespace

std::unique_ptr<algorithm::Run> start_curved(const algorithm::Task& task) {
  return std::make_unique<CurvedRun>(task);
}

algorithm::Price curved_price(const algorithm::PointOutline& point) {
  const algorithm::FlattestSettings& settings = point.training.flattest;
  const Index dimension = std::min(point.dimension(), point.samples);
  const algorithm::Price penalty = descent::penalty_price(point);
  const double rounds = relaxation_rounds(settings.rounds);
  const auto iterations = static_cast<double>(
      most_iterations(point.training, point.samples, point.width, point.dimension()));
  const double climb = 120 * static_cast<double>(point.samples) * static_cast<double>(dimension);
  // A hop of about 25 iterations starts with a climb from every neuron.
  const double hops = iterations / 25 * climb *
                      (static_cast<double>(point.width) + static_cast<double>(settings.starts) / 2);
  const double flops = penalty.steps * penalty.flops_per_step +
                       relaxation_flops(point.samples, dimension, rounds, settings.starts) +
                       iterations * fixed_width_flops(point.samples, point.width, dimension) + hops;
  const double steps = penalty.steps + rounds + 1 + iterations;
  return {.steps = steps,
          .flops_per_step = flops / steps,
          .bytes = penalty.bytes + relaxation_bytes(point.samples, dimension, settings.starts) +
                   fixed_width_bytes(point.samples, point.width, dimension)};
}

}  // namespace flatgrid::flattest
