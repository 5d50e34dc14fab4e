// SPDX-License-Identifier: MIT
/// The interface of the algorithms that produce interpolators.
///
/// An algorithm is one file in `src/algorithm/` and one entry in the table of `algorithm.cpp`: its name,
/// its conflicts, the price of a point, the function that starts a run, the keys it reads and its help
/// text. A run is a small resumable process that owns its state. The pipeline drives all runs, so stopping,
/// histories, progress and saved states are implemented once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "flatgrid/algorithm/bound_kind.hpp"
#include "flatgrid/algorithm/settings.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/measure/population_loss.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/network/settings.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::algorithm {

/// The learning task of one grid point, as an algorithm sees it: the samples, but not the problem they were
/// drawn from. The referenced objects must outlive every run.
struct Task {
  const TrainingSettings& training;
  const network::Activation<double>& activation;
  const problem::InputLaw* input_law;  ///< law of the inputs; null for data from a file
  const MatrixD& inputs;               ///< X, [d, n]; with biases (x_i, 1), [d + 1, n]
  const VectorD& labels;               ///< y, [n], with the noise of the grid point
  Index width;                         ///< m
  std::int64_t seed;
  network::NetworkSettings network = {};
  /// Whether all neurons of the algorithm's network have one direction (single_index.cpp).
  bool shares_direction = false;

  /// Whether the last column of W has biases that are not trained (frozen_biases.hpp).
  [[nodiscard]] bool has_frozen_biases() const { return network.bias->frozen; }
  [[nodiscard]] Index samples() const { return labels.size(); }
  [[nodiscard]] Index dimension() const { return inputs.rows(); }
  /// The widths of the linear layers.
  [[nodiscard]] std::vector<Index> hidden() const {
    return network::linear_widths(network, dimension());
  }
  /// The inputs of the neurons: d, or the width of the last linear layer.
  [[nodiscard]] Index inner_dimension() const {
    return network.has_linear_layers() ? hidden().back() : dimension();
  }
  /// The number of columns of W that are trained.
  [[nodiscard]] Index trained_dimension() const {
    return inner_dimension() - (has_frozen_biases() ? 1 : 0);
  }
  /// A network of the shape of the task, all parameters 0.
  [[nodiscard]] network::Network<double> zero_network() const {
    return network::Network<double>::zero(width, dimension(), hidden());
  }
};

/// The true target. Only algorithms that start from it (`StartFromTruth`) receive it.
struct Truth {
  const problem::Problem& problem;
  const problem::IndexModel& target;  ///< f*
  const measure::PopulationLoss& population_loss;
};

/// A lower bound on the orbit minimum, or on the path norm, of every interpolator of the samples.
struct LowerBound {
  double value;
  BoundKind kind;
  double gap;               ///< (orbit minimum, or path norm, of the run's network) / value - 1
  double neurons_on_faces;  ///< number of the neurons with w.x_i = 0 for some sample
  VectorD multipliers;      ///< l [n], the dual variables from which the bound follows
};

/// What a search among the interpolators of at most some flatness has found beside its network.
struct BudgetOutcome {
  double least_flatness;   ///< the least orbit minimum, which the budget is a multiple of
  double starts_agreeing;  ///< of the search, that led to the network
  double violation;        ///< of the optimality to first order, relative
};

/// An upper bound on the population loss of every interpolator of at most some flatness.
struct LossBound {
  double value;
  BoundKind kind;
};

/// A run of an algorithm on a task.
class Run {
 public:
  Run() = default;
  virtual ~Run() = default;
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Takes at most `budget` >= 1 steps. The state after a number of steps does not depend on how the
  /// steps were divided among calls.
  virtual void advance(std::int64_t budget) = 0;
  [[nodiscard]] virtual bool finished() const = 0;
  /// Whether the run ended because the train loss became infinite or NaN.
  [[nodiscard]] virtual bool diverged() const { return false; }
  /// Steps taken, in the unit of the algorithm: gradient evaluations for descent methods.
  [[nodiscard]] virtual std::int64_t steps() const = 0;

  /// The current network; null while there is none to measure.
  [[nodiscard]] virtual const network::Network<double>* network() const = 0;
  /// The task on which the network is polished after the run; null: no polish.
  [[nodiscard]] virtual const Task* polish_task() const { return nullptr; }

  /// The lower bound on the orbit minimum that the run has computed; only after it has finished.
  [[nodiscard]] virtual std::optional<LowerBound> flatness_bound() const { return std::nullopt; }
  /// The lower bound on the path norm that the run has computed; only after it has finished.
  [[nodiscard]] virtual std::optional<LowerBound> path_norm_bound() const { return std::nullopt; }
  /// The result of a search within a flatness; only after the run has finished.
  [[nodiscard]] virtual std::optional<BudgetOutcome> budget_outcome() const { return std::nullopt; }
  /// The upper bound that belongs to that search, computed when it is called; only after the run has finished.
  [[nodiscard]] virtual std::optional<LossBound> loss_bound() const { return std::nullopt; }
  /// Why the network does not interpolate or why the run diverged; empty if `Algorithm::obstacle` is the
  /// reason.
  [[nodiscard]] virtual std::string obstacle() const { return {}; }

  /// The state as bytes. `load` restores it in a run that has just started on the same task.
  [[nodiscard]] virtual std::string save() const = 0;
  virtual void load(std::string_view bytes) = 0;
};

/// The properties of a point that are known before it is computed. For a set of points: the most
/// demanding values.
struct PointOutline {
  const TrainingSettings& training;
  const problem::Problem& problem;
  const network::Activation<double>& activation;
  Index samples;  ///< n; of a set the largest
  double noise;   ///< tau; of a set the largest
  Index width;    ///< m; of a set the smallest
  network::NetworkSettings network = {};

  [[nodiscard]] Index dimension() const { return problem.network_dimension(); }
  /// The widths of the linear layers.
  [[nodiscard]] std::vector<Index> hidden() const {
    return network::linear_widths(network, dimension());
  }
};

/// A configuration key whose value conflicts with the other keys.
struct Conflict {
  std::string key;
  std::string reason;
};

/// The predicted price of a run, without the polish and the measures.
struct Price {
  double steps = 1;           ///< largest number of steps
  double flops_per_step = 0;  ///< mean
  double bytes = 0;           ///< largest memory in use, without data and network
  /// Whether the run trains by gradients down to training.handover-loss, so that a polish follows unless
  /// training.polish = no.
  bool polished = false;
};

struct Algorithm {
  using Start = std::unique_ptr<Run> (*)(const Task&);
  using StartFromTruth = std::unique_ptr<Run> (*)(const Task&, const Truth&);

  std::string_view name;
  std::variant<Start, StartFromTruth> start;
  Price (*price)(const PointOutline&);
  std::optional<Conflict> (*conflict)(const PointOutline&) = nullptr;
  /// The usual reason why a point does not interpolate.
  std::string_view obstacle = "the polish stalled";
  /// Why a point may not interpolate, known before it is computed; empty if it should.
  std::optional<std::string_view> (*doubt)(const PointOutline&) = nullptr;
  /// Whether its runs train linear layers, if the network has them.
  bool trains_linear_layers = false;
  std::string_view description = {};  ///< the method with its formula; lines of text
  std::string_view source = {};       ///< the paper; empty if there is none
  std::string_view ending = {};       ///< when a run ends; lines of text
  /// The keys of [training], [random-features], [flattest] and [worst], and network.initialization, that its runs read, without
  /// training.interpolation-tolerance, which applies to every point.
  std::vector<std::string_view> keys = {};
  /// Additional keys, read only for activations of degree 2 and 3.
  std::vector<std::string_view> keys_above_degree_1 = {};
  /// Why it cannot have frozen biases, as the rest of "must not be frozen: "; empty if it can.
  std::string_view needs_free_biases = {};
  /// Whether all neurons of its network have one direction.
  bool shares_direction = false;

  /// Whether its runs read a key, for an activation of degree k.
  [[nodiscard]] bool reads(std::string_view key, int degree) const;

  static std::span<const Algorithm> table();
};

/// The conflict of an algorithm with the points, if any: its own conflicts, data from a file for an
/// algorithm that starts from the true target, and frozen biases for one that cannot have them.
std::optional<Conflict> find_conflict(const Algorithm& algorithm, const PointOutline& points);

std::unique_ptr<Run> start_run(const Algorithm& algorithm, const Task& task, const Truth& truth);

}  // namespace flatgrid::algorithm
