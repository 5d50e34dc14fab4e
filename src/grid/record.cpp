// SPDX-License-Identifier: MIT
#include "flatgrid/grid/record.hpp"

#include <algorithm>
#include <array>

#include "flatgrid/algorithm/bound_kind.hpp"
#include "flatgrid/base/checksum.hpp"

namespace flatgrid::grid {

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
    case Status::cut_short:
      return "cut_short";
  }
  return "unknown";
}

namespace {

/// What the trace and the orbit minimum are if not all parameters are trained.
constexpr std::string_view k_trace_of_trained =
    "trace of the Hessian of the train loss in the trained parameters";
constexpr std::string_view k_no_orbit =
    "trace without the residual part: neurons whose weights and biases are not all trained have no "
    "rescaling symmetry";

/// Whether a key of [flatness] is set, so that its figure is measured.
template <auto key>
bool is_set(const configuration::Configuration& configuration) {
  return static_cast<bool>(configuration.flatness.*key);
}

bool has_algorithm(const configuration::Configuration& configuration, std::string_view name) {
  return std::ranges::any_of(
      configuration.grid.algorithm,
      [&](const configuration::AlgorithmEntry& entry) { return entry->name == name; });
}

/// Each of these figures is computed by one algorithm.
bool flattest_is_sought(const configuration::Configuration& c) {
  return has_algorithm(c, "flattest");
}
bool least_norm_is_sought(const configuration::Configuration& c) {
  return has_algorithm(c, "min-norm");
}
bool null_space_is_sought(const configuration::Configuration& c) {
  return flattest_is_sought(c) && c.flatness.null_space_radius;
}
bool has_biases(const configuration::Configuration& c) { return c.network.bias->exists; }
bool has_trained_biases(const configuration::Configuration& c) {
  return has_biases(c) && !c.network.bias->frozen;
}
bool single_index_is_sought(const configuration::Configuration& c) {
  return has_algorithm(c, "single-index");
}
bool has_linear_layers(const configuration::Configuration& c) {
  return c.network.has_linear_layers();
}
bool worst_is_sought(const configuration::Configuration& c) { return has_algorithm(c, "worst"); }
/// Whether some points have a step size that the configuration gives.
bool stability_is_known(const configuration::Configuration& c) {
  return c.flatness.top_eigenvalue &&
         std::ranges::any_of(c.grid.algorithm, [&](const configuration::AlgorithmEntry& entry) {
           return configuration::configuration_of(c, entry).training.learning_rate.has_value();
         });
}
bool worst_is_bounded(const configuration::Configuration& c) {
  return worst_is_sought(c) && c.flatness.worst_loss_bound;
}

}  // namespace

std::span<const Variable> result_variables() {
  using Flatness = configuration::FlatnessSettings;
  // Inputs, labels and parameters are dimensionless, and so are all figures: units "1".
  static constexpr std::array k_variables = {
      Variable{"train_loss", "1", "train loss (1/2n) sum_i (f(x_i) - y_i)^2", &Record::train_loss,
               true, true},
      Variable{"train_loss_before_polish", "1",
               "train loss at the end of training, before the polish",
               &Record::train_loss_before_polish, false, true},
      Variable{"interpolates", "1",
               "1 where the mean squared residual is within the interpolation tolerance, else 0",
               &Record::interpolates, false, true},
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
               "lower bound on the orbit minimum of every interpolator of these data",
               &Record::flatness_lower_bound, false, true, flattest_is_sought},
      Variable{"flatness_lower_bound_kind", "1",
               "whether the lower bound is proved or rests on a search",
               &Record::flatness_lower_bound_kind, false, true, flattest_is_sought,
               algorithm::k_bound_kind_names},
      Variable{"flatness_gap", "1",
               "orbit minimum / its lower bound - 1, of the flattest network found",
               &Record::flatness_gap, false, true, flattest_is_sought},
      Variable{"neurons_on_faces", "1", "number of neurons with w.x_i = 0 for some sample",
               &Record::neurons_on_faces, false, true, flattest_is_sought},
      Variable{"null_space_radius", "1",
               "largest E h^2 found among functions h of orbit minimum 1 that are 0 at all samples",
               &Record::null_space_radius, false, true, null_space_is_sought},
      Variable{"null_space_radius_bound", "1", "upper bound on E h^2 of all such functions",
               &Record::null_space_radius_bound, false, true, null_space_is_sought},
      Variable{"null_space_radius_bound_kind", "1",
               "whether that upper bound is proved or rests on a search",
               &Record::null_space_radius_bound_kind, false, true, null_space_is_sought,
               algorithm::k_bound_kind_names},
      Variable{"flatness_ratio", "1", "orbit minimum / least orbit minimum, at most worst.ratio",
               &Record::flatness_ratio, false, true, worst_is_sought},
      Variable{"starts_agreeing", "1",
               "number of the 48 starts of the search that ended at this network",
               &Record::starts_agreeing, false, true, worst_is_sought},
      Variable{"optimality_violation", "1",
               "largest relative first-order increase of the loss by a further direction",
               &Record::optimality_violation, false, true, worst_is_sought},
      Variable{"worst_loss_bound", "1",
               "upper bound on the population loss of every interpolator as flat as the worst",
               &Record::worst_loss_bound, false, true, worst_is_bounded},
      Variable{"worst_loss_bound_kind", "1",
               "whether that upper bound is proved or rests on a search",
               &Record::worst_loss_bound_kind, false, true, worst_is_bounded,
               algorithm::k_bound_kind_names},
      Variable{"hessian_top_eigenvalue", "1", "largest eigenvalue of the Hessian of the train loss",
               &Record::hessian_top_eigenvalue, false, true, is_set<&Flatness::top_eigenvalue>},
      Variable{"stability_fraction", "1",
               "training.learning-rate in units of the stability threshold 2 / largest eigenvalue",
               &Record::stability_fraction, false, true, stability_is_known},
      Variable{"hessian_frobenius_norm", "1", "Frobenius norm of the Hessian of the train loss",
               &Record::hessian_frobenius_norm, false, true, is_set<&Flatness::frobenius_norm>},
      Variable{"hessian_trace_hutchinson", "1",
               "trace of the Hessian estimated by Hutchinson's method from random signs",
               &Record::hessian_trace_hutchinson, false, true, is_set<&Flatness::trace_probes>},
      Variable{"hessian_trace_hutchpp", "1",
               "trace of the Hessian estimated by Hutch++ from random signs",
               &Record::hessian_trace_hutchpp, false, true, is_set<&Flatness::trace_probes>},
      Variable{"tangent_kernel_max", "1",
               "largest eigenvalue of the tangent kernel J J^T / n of the samples",
               &Record::tangent_kernel_max, false, true, is_set<&Flatness::tangent_kernel>},
      Variable{"tangent_kernel_min", "1",
               "smallest eigenvalue of the tangent kernel J J^T / n of the samples",
               &Record::tangent_kernel_min, false, true, is_set<&Flatness::tangent_kernel>},
      Variable{"sharpness_average", "1",
               "mean increase of the train loss at distance flatness.sharpness-radius",
               &Record::sharpness_average, false, true, is_set<&Flatness::sharpness_radius>},
      Variable{"sharpness_average_stderr", "1", "standard error of the average sharpness",
               &Record::sharpness_average_stderr, false, true, is_set<&Flatness::sharpness_radius>},
      Variable{"sharpness_worst", "1",
               "largest increase of the train loss found within flatness.sharpness-radius",
               &Record::sharpness_worst, false, true, is_set<&Flatness::sharpness_radius>},
      Variable{"path_norm", "1", "path norm sum_j |a_j| ||w_j||", &Record::path_norm, true, true},
      Variable{"path_norm_lower_bound", "1",
               "lower bound on the path norm of every interpolator of these data",
               &Record::path_norm_lower_bound, false, true, least_norm_is_sought},
      Variable{"path_norm_lower_bound_kind", "1",
               "whether the lower bound on the path norm is proved or rests on a search",
               &Record::path_norm_lower_bound_kind, false, true, least_norm_is_sought,
               algorithm::k_bound_kind_names},
      Variable{"path_norm_gap", "1", "path norm / its lower bound - 1, of the least norm found",
               &Record::path_norm_gap, false, true, least_norm_is_sought},
      Variable{"parameter_norm", "1", "Euclidean norm of all parameters", &Record::parameter_norm,
               true, true},
      Variable{"representation_cost", "1",
               "least squared norm of the parameters of all networks with the same neurons",
               &Record::representation_cost, false, true, has_linear_layers},
      Variable{"active_neurons", "1", "number of neurons that are different from 0 at some sample",
               &Record::active_neurons, true, true},
      Variable{"effective_neurons", "1",
               "participation ratio of the neurons' contributions to the orbit minimum",
               &Record::effective_neurons, true, true},
      Variable{"activation_rate", "1",
               "mean over the active neurons of the share of the samples with w.x_i > 0",
               &Record::activation_rate, false, true, is_set<&Flatness::activation_rates>},
      Variable{"sparse_neurons", "1",
               "share of the active neurons with w.x_i > 0 on at most a tenth of the samples",
               &Record::sparse_neurons, false, true, is_set<&Flatness::activation_rates>},
      Variable{"index_alignment", "1",
               "share of the network that lies in the subspace of the index directions",
               &Record::index_alignment, true, true},
      Variable{
          "index_dimension", "1",
          "participation ratio of the index spectrum: number of directions that the network uses",
          &Record::index_dimension, false, true, is_set<&Flatness::index_spectrum>},
      Variable{"index_recovery", "1",
               "mean squared cosine between the leading directions and the index subspace",
               &Record::index_recovery, false, true, is_set<&Flatness::index_spectrum>},
      Variable{"index_tail", "1",
               "share of the index spectrum beyond as many directions as the target has",
               &Record::index_tail, false, true, is_set<&Flatness::index_spectrum>},
      Variable{"extreme_samples", "1",
               "share of the samples x_i for which a neuron with a bias can be active at x_i alone",
               &Record::extreme_samples, false, true, has_trained_biases},
      Variable{"alignment", "1", "cosine of the neurons' one direction and the index direction",
               &Record::alignment, false, true, single_index_is_sought},
      Variable{"ridge_loss", "1",
               "least population loss over training.ridge of the outer layer refitted by ridge",
               &Record::ridge_loss, false, true, single_index_is_sought},
      Variable{"steps", "1", "gradient steps taken", &Record::steps, false, true},
      Variable{"polish_iterations", "1", "Levenberg-Marquardt iterations of the polish",
               &Record::polish_iterations, false, true},
      Variable{"seconds", "s", "wall-clock time of the computation", &Record::seconds, false,
               false},
  };
  return k_variables;
}

Variable described(Variable variable, const configuration::Configuration& configuration) {
  if (!configuration.network.has_rescaling_symmetry()) {
    if (variable.value == &Record::flatness_trace) variable.long_name = k_trace_of_trained;
    if (variable.value == &Record::flatness_orbit_min) variable.long_name = k_no_orbit;
  }
  return variable;
}

Index history_column(const Variable& variable) {
  const auto variables = result_variables();
  const auto found = std::ranges::find(variables, variable.value, &Variable::value);
  return std::count_if(variables.begin(), found,
                       [](const Variable& before) { return before.in_history; });
}

bool same_variables(const StoredVariables& one, const StoredVariables& other) {
  const auto same = [](const std::vector<Variable>& these, const std::vector<Variable>& those) {
    return std::ranges::equal(these, those, {}, &Variable::name, &Variable::name);
  };
  return same(one.figures, other.figures) && same(one.history, other.history) &&
         one.networks == other.networks && one.biases == other.biases &&
         one.linear_layers == other.linear_layers && one.multipliers == other.multipliers;
}

StoredVariables stored_variables(const configuration::Configuration& configuration) {
  const configuration::OutputSettings& output = configuration.output;
  StoredVariables stored{
      .figures = {},
      .history = {},
      .networks = output.networks,
      .biases = output.networks && has_biases(configuration),
      .linear_layers =
          output.networks ? static_cast<std::size_t>(configuration.network.layers - 2) : 0,
      .multipliers = output.networks &&
                     (flattest_is_sought(configuration) || least_norm_is_sought(configuration))};
  for (const Variable& variable : result_variables()) {
    if (variable.asked_for && !variable.asked_for(configuration)) continue;
    stored.figures.push_back(described(variable, configuration));
    if (variable.in_history && output.history > 0) stored.history.push_back(stored.figures.back());
  }
  return stored;
}

std::uint64_t checksum(const PointResult& result, const StoredVariables& stored) {
  Crc64 crc;
  const auto add = [&crc](const auto& number) { crc.add(&number, sizeof number); };
  const auto add_rows = [&crc](const MatrixD& matrix) {
    const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = matrix;
    crc.add(rows.data(), static_cast<std::size_t>(rows.size()) * sizeof(double));
  };

  add(result.record.status);
  for (const Variable& variable : stored.figures) {
    if (!variable.deterministic) continue;
    const double value = result.record.*variable.value;
    if (variable.meanings.empty()) {
      add(value);
    } else {
      add(static_cast<std::int32_t>(value));
    }
  }
  MatrixD history(result.history.rows(), static_cast<Index>(stored.history.size()));
  for (Index column = 0; column < history.cols(); ++column) {
    history.col(column) =
        result.history.col(history_column(stored.history[static_cast<std::size_t>(column)]));
  }
  add_rows(history);
  if (stored.networks) {
    const MatrixD& inner = result.network.inner;
    const Index biases = stored.biases ? 1 : 0;
    add_rows(inner.leftCols(inner.cols() - biases));
    add_rows(inner.rightCols(biases));
    add_rows(result.network.outer);
    for (const MatrixD& layer : result.network.linear) add_rows(layer);
  }
  if (stored.multipliers) add_rows(result.multipliers);
  return crc.value();
}

}  // namespace flatgrid::grid
