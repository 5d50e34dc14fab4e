// SPDX-License-Identifier: MIT
/// The record of a grid point. `result_variables()` is the only place that defines the variables of a new
/// results file and the names of all figures. An existing file lists its own variables.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::grid {

/// State of a grid point, as stored in the variable `status`.
enum class Status : std::int32_t {
  pending = 0,            ///< not computed yet
  done = 1,               ///< an interpolator was found and measured
  not_interpolating = 2,  ///< measured, but the train loss is above the interpolation tolerance
  diverged = 3,           ///< the train loss became infinite or NaN; nothing measured
  failed = 4,             ///< an error occurred; nothing measured, the log has the message
  cut_short = 5,          ///< measured, but training.steps ran out above training.handover-loss
};
inline constexpr int k_status_count = 6;
std::string_view name_of(Status status);
/// Whether a point of this status has a network and figures.
constexpr bool is_measured(Status status) {
  return status == Status::done || status == Status::not_interpolating ||
         status == Status::cut_short;
}
/// Whether the next run computes the point (again). Records of any other status are final.
constexpr bool is_to_compute(Status status) {
  return status == Status::pending || status == Status::failed;
}

/// The figures of one grid point. NaN if a figure was not measured.
struct Record {
  static constexpr double k_nan = std::numeric_limits<double>::quiet_NaN();

  Status status = Status::pending;
  double train_loss = k_nan;
  double train_loss_before_polish = k_nan;
  double interpolates = k_nan;  ///< 1 or 0
  double population_loss = k_nan;
  double population_loss_stderr = k_nan;
  double flatness_trace = k_nan;
  double flatness_residual_part = k_nan;
  double flatness_orbit_min = k_nan;
  double flatness_lower_bound = k_nan;
  double flatness_lower_bound_kind = 0;  ///< a BoundKind
  double flatness_gap = k_nan;
  double neurons_on_faces = k_nan;
  double null_space_radius = k_nan;
  double null_space_radius_bound = k_nan;
  double null_space_radius_bound_kind = 0;  ///< 0 none, 1 estimated, 2 certified
  double flatness_ratio = k_nan;
  double starts_agreeing = k_nan;
  double optimality_violation = k_nan;
  double worst_loss_bound = k_nan;
  double worst_loss_bound_kind = 0;  ///< 0 none, 1 estimated, 2 certified
  double hessian_top_eigenvalue = k_nan;
  double stability_fraction = k_nan;
  double hessian_frobenius_norm = k_nan;
  double hessian_trace_hutchinson = k_nan;
  double hessian_trace_hutchpp = k_nan;
  double tangent_kernel_max = k_nan;
  double tangent_kernel_min = k_nan;
  double sharpness_average = k_nan;
  double sharpness_average_stderr = k_nan;
  double sharpness_worst = k_nan;
  double path_norm = k_nan;
  double path_norm_lower_bound = k_nan;
  double path_norm_lower_bound_kind = 0;  ///< 0 none, 1 estimated, 2 certified
  double path_norm_gap = k_nan;
  double parameter_norm = k_nan;
  double representation_cost = k_nan;
  double active_neurons = k_nan;
  double effective_neurons = k_nan;
  double activation_rate = k_nan;
  double sparse_neurons = k_nan;
  double index_alignment = k_nan;
  double index_dimension = k_nan;
  double index_recovery = k_nan;
  double index_tail = k_nan;
  double extreme_samples = k_nan;
  double alignment = k_nan;
  double ridge_loss = k_nan;
  double steps = k_nan;
  double polish_iterations = k_nan;
  double seconds = k_nan;
};

/// One figure of a record: its name, description and member.
struct Variable {
  std::string_view name;
  std::string_view units;      ///< UDUNITS; "1" for a pure number
  std::string_view long_name;  ///< one line for the user
  double Record::*value;
  bool in_history;     ///< also recorded during training, in the group `history`
  bool deterministic;  ///< bit-identical between runs; false for wall-clock times
  /// Whether a campaign with this configuration measures it; null = every campaign does.
  bool (*asked_for)(const configuration::Configuration&) = nullptr;
  /// For a figure with a few possible values, stored as an integer: the meanings of 0, 1, 2, ...
  /// Empty for all other figures.
  std::span<const std::string_view> meanings = {};
};

/// All figures of a record in the order of storage.
std::span<const Variable> result_variables();

/// The figure with the description that it has in a campaign: without a rescaling symmetry the orbit minimum is a
/// trace.
Variable described(Variable variable, const configuration::Configuration& configuration);

/// Position of a figure among those of the history, the column of `PointResult::history`.
Index history_column(const Variable& variable);

/// Everything that the results file stores of a finished point.
struct PointResult {
  Record record;
  /// [history steps, number of history variables in the order of `result_variables()`]; NaN where
  /// the training had ended before the step. The last row has the figures of the record, after the polish.
  MatrixD history;
  network::Network<double> network;
  /// The multipliers l [n] of `flatness_lower_bound` or `path_norm_lower_bound`, empty if there is no bound. The
  /// file stores them as [most samples] and fills missing ones with NaN.
  VectorD multipliers;
  std::string message;  ///< why the point does not interpolate or was not measured; else empty
};

/// The variables that a results file holds for every point, in the order of the file.
struct StoredVariables {
  std::vector<Variable> figures;
  std::vector<Variable> history;  ///< the figures that are in the history; empty = no history
  bool networks = false;
  bool biases = false;  ///< whether networks have biases, which are a dataset of their own
  std::size_t linear_layers = 0;  ///< datasets of linear layers, beside those of the neurons
  bool multipliers = false;       ///< whether those of the lower bound are stored
};

/// Whether both have the same variables in the same order.
bool same_variables(const StoredVariables& one, const StoredVariables& other);

/// The variables of a new file of this campaign: the requested figures.
StoredVariables stored_variables(const configuration::Configuration& configuration);

/// CRC-64/XZ over the little-endian bytes of the stored data: status (int32), the deterministic figures
/// (float64; int32 for those with `meanings`), the history in row-major order (one row per step), inner
/// [m, d] in row-major order, the biases if there are any, outer, the linear layers likewise, and the multipliers as
/// stored.
std::uint64_t checksum(const PointResult& result, const StoredVariables& stored);

}  // namespace flatgrid::grid
