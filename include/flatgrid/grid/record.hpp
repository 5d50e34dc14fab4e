// SPDX-License-Identifier: MIT
/// What is recorded of a grid point. `result_variables()` is the single source of truth for the
/// variables of a results file, the columns of a CSV export and the documentation.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid {

/// State of a grid point, as stored in the variable `status`.
enum class Status : std::int32_t {
  pending = 0,            ///< not computed yet
  done = 1,               ///< an interpolator was found and measured
  not_interpolating = 2,  ///< measured, but the train loss is above the interpolation tolerance
  diverged = 3,           ///< training left the finite numbers; nothing measured
  failed = 4,             ///< an error; nothing measured, the log says why
};
inline constexpr int k_status_count = 5;
std::string_view name_of(Status status);
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
  double population_loss = k_nan;
  double population_loss_stderr = k_nan;
  double flatness_trace = k_nan;
  double flatness_residual_part = k_nan;
  double flatness_orbit_min = k_nan;
  double flatness_lower_bound = k_nan;
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
};

/// All figures of a record in the order of storage.
std::span<const Variable> result_variables();

/// Everything a finished point hands to the results file.
struct PointResult {
  Record record;
  /// [checkpoints, number of history variables in the order of `result_variables()`]; NaN where the
  /// algorithm had ended before the checkpoint.
  MatrixD history;
  Network<double> network;
  std::string message;  ///< why the point failed, diverged or does not interpolate; empty when done
};

/// CRC-64/XZ over the little-endian bytes of: status (int32), the deterministic figures in storage
/// order, the history in row-major order, and, if `with_network`, inner [m, d] row-major and outer.
std::uint64_t checksum(const PointResult& result, bool with_network);

}  // namespace flatgrid
