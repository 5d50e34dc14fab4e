// SPDX-License-Identifier: MIT
/// What is recorded of a grid point. `result_variables()` is the single source of truth for the
/// variables of a new results file and for what every figure is called; which of them a file holds,
/// and in which order, the file itself says.
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
  failed = 4,             ///< an error; nothing measured, the log says why
  cut_short = 5,          ///< measured, but training.steps ran out above training.handover-loss
};
inline constexpr int k_status_count = 6;
std::string_view name_of(Status status);
/// Whether the point has a network and its figures.
constexpr bool is_measured(Status status) {
  return status == Status::done || status == Status::not_interpolating ||
         status == Status::cut_short;
}
/// Whether the next run computes the point (again); what is recorded otherwise is final.
constexpr bool is_to_compute(Status status) {
  return status == Status::pending || status == Status::failed;
}

/// The figures of one grid point. NaN where a figure was not, or could not be, measured.
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
  double flatness_lower_bound_kind = 0;  ///< 0 none, 1 estimated, 2 certified
  double flatness_gap = k_nan;
  double neurons_on_faces = k_nan;
  double null_space_radius = k_nan;
  double null_space_radius_bound = k_nan;
  double null_space_radius_bound_kind = 0;  ///< 0 none, 1 estimated, 2 certified
  double flatness_ratio = k_nan;
  double starts_agreeing = k_nan;
  double optimality_violation = k_nan;
  double hessian_top_eigenvalue = k_nan;
  double hessian_frobenius_norm = k_nan;
  double hessian_trace_hutchinson = k_nan;
  double hessian_trace_hutchpp = k_nan;
  double tangent_kernel_max = k_nan;
  double tangent_kernel_min = k_nan;
  double sharpness_average = k_nan;
  double sharpness_average_stderr = k_nan;
  double sharpness_worst = k_nan;
  double path_norm = k_nan;
  double parameter_norm = k_nan;
  double active_neurons = k_nan;
  double effective_neurons = k_nan;
  double index_alignment = k_nan;
  double index_dimension = k_nan;
  double index_recovery = k_nan;
  double index_tail = k_nan;
  double steps = k_nan;
  double polish_iterations = k_nan;
  double seconds = k_nan;
};

/// One figure of a record: how it is named, described and reached.
struct Variable {
  std::string_view name;
  std::string_view units;      ///< UDUNITS; "1" for a pure number
  std::string_view long_name;  ///< one line, for people
  double Record::*value;
  bool in_history;     ///< also recorded during training, in the group `history`
  bool deterministic;  ///< bit-identical between runs; false for wall-clock times
  /// Whether a campaign measures it at all; null = every campaign does.
  bool (*asked_for)(const configuration::Configuration&) = nullptr;
  /// Of a figure that is one of a few, what 0, 1, 2, ... stand for, with blanks between: stored as
  /// a whole number. Empty for all others.
  std::string_view meanings = {};
};

/// All figures of a record in the order of storage.
std::span<const Variable> result_variables();

/// Position of a figure among those of the history, the column of `PointResult::history`.
Index history_column(const Variable& variable);

/// Everything a finished point hands to the results file.
struct PointResult {
  Record record;
  /// [history steps, number of history variables in the order of `result_variables()`]; NaN where
  /// the training had ended before the step. The last row is the end, after the polish: the figures
  /// of the record.
  MatrixD history;
  network::Network<double> network;
  /// l [n] of `flatness_lower_bound`, empty where there is none; as stored, [most samples] and NaN
  /// where there is none.
  VectorD multipliers;
  std::string message;  ///< why the point does not interpolate, or is not done; else empty
};

/// What a results file holds of every point, in its order.
struct StoredVariables {
  std::vector<Variable> figures;
  std::vector<Variable> history;  ///< of these, those in the history; empty = no history
  bool networks = false;
  bool multipliers = false;  ///< with the networks, those of the lower bound
};

/// Whether the same is listed, in the same order.
bool same_variables(const StoredVariables& one, const StoredVariables& other);

/// What a new file of this campaign holds: the figures that are asked for.
StoredVariables stored_variables(const configuration::Configuration& configuration);

/// CRC-64/XZ over the little-endian bytes of what is stored: status (int32), the deterministic
/// figures (float64; int32 those with `meanings`), the history in row-major order (a row a step),
/// inner [m, d] in row-major order, outer, and the multipliers as stored.
std::uint64_t checksum(const PointResult& result, const StoredVariables& stored);

}  // namespace flatgrid::grid
