// SPDX-License-Identifier: MIT
#include "flatgrid/grid/record.hpp"

#include <array>

#include "flatgrid/base/checksum.hpp"

namespace flatgrid {

std::string_view name_of(Status status) {
  switch (status) {
    case Status::pending:
      return "pending";
    case Status::done:
      return "done";
    case Status::not_interpolating:
      return "not_interpolating";
    case Status::diverged:
      return "diverged";
    case Status::failed:
      return "failed";
  }
  return "unknown";
}

std::span<const Variable> result_variables() {
  // Inputs, labels and parameters are pure numbers, and so is everything made of them: units "1".
  static constexpr std::array k_variables = {
      Variable{"train_loss", "1", "train loss (1/2n) sum_i (f(x_i) - y_i)^2", &Record::train_loss,
               true, true},
      Variable{"train_loss_before_polish", "1",
               "train loss where training handed over to the polish",
               &Record::train_loss_before_polish, false, true},
      Variable{"population_loss", "1",
               "population loss E (f(x) - f*(x))^2, without the label noise",
               &Record::population_loss, true, true},
      Variable{"population_loss_stderr", "1",
               "standard error of the population loss, 0 where a formula gives it",
               &Record::population_loss_stderr, false, true},
      Variable{"flatness_trace", "1", "trace of the Hessian of the train loss at the parameters",
               &Record::flatness_trace, true, true},
      Variable{"flatness_residual_part", "1", "part of the trace that carries the residuals",
               &Record::flatness_residual_part, true, true},
      Variable{"flatness_orbit_min", "1",
               "least trace over the rescaling orbit, without the residual part",
               &Record::flatness_orbit_min, true, true},
      Variable{"flatness_lower_bound", "1",
               "lower bound on the flatness of every interpolator of these data",
               &Record::flatness_lower_bound, false, true},
      Variable{"hessian_top_eigenvalue", "1", "largest eigenvalue of the Hessian of the train loss",
               &Record::hessian_top_eigenvalue, false, true},
      Variable{"hessian_frobenius_norm", "1", "Frobenius norm of the Hessian of the train loss",
               &Record::hessian_frobenius_norm, false, true},
      Variable{"hessian_trace_hutchinson", "1",
               "trace of the Hessian estimated by Hutchinson's method from random signs",
               &Record::hessian_trace_hutchinson, false, true},
      Variable{"hessian_trace_hutchpp", "1",
               "trace of the Hessian estimated by Hutch++ from random signs",
               &Record::hessian_trace_hutchpp, false, true},
      Variable{"tangent_kernel_max", "1",
               "largest eigenvalue of the tangent kernel J J^T / n of the samples",
               &Record::tangent_kernel_max, false, true},
      Variable{"tangent_kernel_min", "1",
               "smallest eigenvalue of the tangent kernel J J^T / n of the samples",
               &Record::tangent_kernel_min, false, true},
      Variable{"sharpness_average", "1",
               "mean rise of the train loss at distance flatness.sharpness-radius",
               &Record::sharpness_average, false, true},
      Variable{"sharpness_average_stderr", "1", "standard error of the average sharpness",
               &Record::sharpness_average_stderr, false, true},
      Variable{"sharpness_worst", "1",
               "largest rise of the train loss found within flatness.sharpness-radius",
               &Record::sharpness_worst, false, true},
      Variable{"path_norm", "1", "path norm sum_j |a_j| ||w_j||", &Record::path_norm, true, true},
      Variable{"parameter_norm", "1", "Euclidean norm of all parameters", &Record::parameter_norm,
               true, true},
      Variable{"active_neurons", "1", "neurons that contribute to the network at some sample",
               &Record::active_neurons, true, true},
      Variable{"effective_neurons", "1",
               "participation ratio of the neurons' contributions to the orbit minimum",
               &Record::effective_neurons, true, true},
      Variable{"index_alignment", "1",
               "share of the network that lies in the subspace of the index directions",
               &Record::index_alignment, true, true},
      Variable{"steps", "1", "gradient steps taken", &Record::steps, false, true},
      Variable{"polish_iterations", "1", "Levenberg-Marquardt iterations of the polish",
               &Record::polish_iterations, false, true},
      Variable{"seconds", "s", "wall-clock time of the computation", &Record::seconds, false,
               false},
  };
  return k_variables;
}

std::uint64_t checksum(const PointResult& result, bool with_network) {
  Crc64 crc;
  const auto add_rows = [&crc](const MatrixD& matrix) {
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = matrix;
    crc.add(rows.data(), static_cast<std::size_t>(rows.size()) * sizeof(double));
  };

  crc.add(&result.record.status, sizeof result.record.status);
  for (const Variable& variable : result_variables()) {
    if (!variable.deterministic) continue;
    const double value = result.record.*variable.value;
    crc.add(&value, sizeof value);
  }
  add_rows(result.history);
  if (with_network) {
    add_rows(result.network.inner);
    add_rows(result.network.outer);
  }
  return crc.value();
}

}  // namespace flatgrid
