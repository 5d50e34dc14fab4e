// SPDX-License-Identifier: MIT
/// Where interpolators come from.
///
/// An algorithm is one file in `src/algorithm/` and one line in the table of `algorithm.cpp`: its
/// name, what it refuses, what a point costs, how a run of it starts, which keys it reads and what
/// `flatgrid help` says of it. A run is a small
/// resumable process that owns its state; the pipeline drives it, so that stopping, histories,
/// progress and saved states are written once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "flatgrid/algorithm/settings.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::algorithm {

/// The learning task of one grid point, as an algorithm sees it: samples, not what they come from.
/// What it refers to outlives every run.
struct Task {
  const TrainingSettings& training;
  const network::Activation<double>& activation;
  const problem::InputLaw* input_law;  ///< of the inputs; null for data from outside
  const MatrixD& inputs;               ///< X, [d, n]
  const VectorD& labels;               ///< y, [n], with the noise of the grid point
  Index width;                         ///< m
  std::int64_t seed;

  [[nodiscard]] Index samples() const { return labels.size(); }
  [[nodiscard]] Index dimension() const { return inputs.rows(); }
};

/// What no learning algorithm may look at: only those get it that start from the truth.
struct Truth {
  const problem::Problem& problem;
  const problem::IndexModel& target;  ///< f*
  const measure::PopulationLoss& population_loss;
};

/// A lower bound on the orbit minimum of every interpolator of the samples.
struct FlatnessBound {
  enum class Kind { none = 0, estimated = 1, certified = 2 };
  double value;
  Kind kind;
  double gap;               ///< orbit minimum of the run's network / value - 1
  double neurons_on_faces;  ///< of the run's network
  VectorD multipliers;      ///< l [n], the dual variables that the bound follows from
};

/// What a search among the interpolators of at most some flatness has found beside its network.
struct BudgetOutcome {
  double least_flatness;   ///< the least orbit minimum, which the budget is a multiple of
  double starts_agreeing;  ///< of the search, that led to the network
  double violation;        ///< of the optimality to first order, relative
};

/// A run of an algorithm on a task.
class Run {
 public:
  Run() = default;
  virtual ~Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Goes on by at most `budget` >= 1 steps. The state after a number of steps does not depend on
  /// how they were divided among calls.
  virtual void advance(std::int64_t budget) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  /// The train loss became infinite or NaN, and the run ended there.
  [[nodiscard]] virtual bool diverged() const { return false; }
  /// Steps taken, in the unit of the algorithm: gradient evaluations of what descends.
  [[nodiscard]] virtual std::int64_t steps() const = 0;

  /// The network as it is, to be measured; null while there is none worth it.
  [[nodiscard]] virtual const network::Network<double>* network() const = 0;
  /// The samples the network is polished on once the run has finished; null: it is final.
  [[nodiscard]] virtual const Task* polish_task() const { return nullptr; }

  /// What is known of the least flatness there is, once the run has finished.
  [[nodiscard]] virtual std::optional<FlatnessBound> flatness_bound() const { return std::nullopt; }
  /// What a search within a flatness has found, once the run has finished.
  [[nodiscard]] virtual std::optional<BudgetOutcome> budget_outcome() const { return std::nullopt; }
  /// Why the network does not interpolate, or why the run diverged, where the run knows more than its
  /// algorithm.
  [[nodiscard]] virtual std::string obstacle() const { return {}; }

  /// The state as bytes, and back into a run that has just started on the same task.
  [[nodiscard]] virtual std::string save() const = 0;
  virtual void load(std::string_view bytes) = 0;
};

/// What is known of a point before it is computed. Of a range of points, the one that asks most.
struct PointOutline {
  const TrainingSettings& training;
  const problem::Problem& problem;
  const network::Activation<double>& activation;
  Index samples;  ///< n; the most
  double noise;   ///< tau; the most
  Index width;    ///< m; the least

  [[nodiscard]] Index dimension() const { return problem.settings().dimension; }
};

/// A configuration key whose value does not go with the others.
struct Conflict {
  std::string key;
  std::string reason;
};

/// What a run takes, predicted before it starts. The polish and the measures are not in it.
struct Price {
  double steps = 1;           ///< at the most
  double flops_per_step = 0;  ///< on average
  double bytes = 0;           ///< held at the most, beside data and network
  /// Trained by gradients down to training.handover-loss, and then polished unless training.polish = no.
  bool polished = false;
};

struct Algorithm {
  using Start = std::unique_ptr<Run> (*)(const Task&);
  using StartFromTruth = std::unique_ptr<Run> (*)(const Task&, const Truth&);

  std::string_view name;
  std::variant<Start, StartFromTruth> start;
  Price (*price)(const PointOutline&);
  std::optional<Conflict> (*conflict)(const PointOutline&) = nullptr;
  /// What keeps a point from interpolating where it does not.
  std::string_view obstacle = "the polish stalled";
  /// What is likely to, known before the point is computed.
  std::optional<std::string_view> (*doubt)(const PointOutline&) = nullptr;
  std::string_view description = {};  ///< what it does, with its formula; lines of text
  std::string_view source = {};       ///< the paper; empty: none
  std::string_view ending = {};       ///< when a run ends; lines of text
  /// The keys of [training], [flattest] and [worst] that its runs read. training.interpolation-tolerance is
  /// not among them: every point is measured by it.
  std::vector<std::string_view> keys = {};
  /// Further ones, read for activations of degree 2 and 3 only.
  std::vector<std::string_view> keys_above_degree_1 = {};

  /// Whether its runs read a key, for an activation of degree k.
  [[nodiscard]] bool reads(std::string_view key, int degree) const;

  static std::span<const Algorithm> table();
};

/// What the algorithm refuses: its own conflicts, and for one that starts from the truth data from
/// outside, of which the truth is not known.
std::optional<Conflict> find_conflict(const Algorithm& algorithm, const PointOutline& points);

/// Starts a run.
std::unique_ptr<Run> start_run(const Algorithm& algorithm, const Task& task, const Truth& truth);

}  // namespace flatgrid::algorithm
