// SPDX-License-Identifier: MIT
#include "flatgrid/archive/verification.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "flatgrid/algorithm/bound_kind.hpp"
#include "flatgrid/algorithm/flattest/certificate.hpp"
#include "flatgrid/archive/own_build.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/grid/measurement.hpp"
#include "flatgrid/grid/point_task.hpp"
#include "flatgrid/grid/prices.hpp"
#include "flatgrid/network/kernels.hpp"
#include "flatgrid/results/data_file.hpp"
#include "flatgrid/results/layout.hpp"

namespace flatgrid::archive {

namespace {

using Complain = std::function<void(const std::string& fault)>;

template <class Value>
void check_coordinates(std::string_view name, const std::vector<Value>& stored,
                       const std::vector<Value>& expected, const Complain& complain) {
  if (stored == expected) return;
  if (stored.size() != expected.size()) {
    complain(fmt::format("axis {}: {} values, not {}", name, stored.size(), expected.size()));
    return;
  }
  const auto [wrong, right] = std::ranges::mismatch(stored, expected);
  complain(fmt::format("axis {}: {} where the configuration has {}", name, *wrong, *right));
}

std::vector<std::string_view> names(const std::vector<configuration::AlgorithmEntry>& algorithms) {
  std::vector<std::string_view> result;
  for (const configuration::AlgorithmEntry& algorithm : algorithms)
    result.push_back(algorithm.name());
  return result;
}

void check_axes(const results::ResultsReader& results, const Complain& complain) {
  const configuration::Axes& grid = results.configuration().grid;
  for (const results::LayoutGroup& group : results::layout_groups(results.configuration())) {
    const configuration::Axes stored = results.axes(group.path);
    const auto check = [&](std::string_view axis, const auto& values, const auto& expected) {
      if (std::ranges::find(group.axes, axis) == group.axes.end()) return;
      const std::string path = group.path + '/';
      check_coordinates(fmt::format("{}{}", path.substr(1), axis), values, expected, complain);
    };
    check("algorithm", names(stored.algorithm), names(grid.algorithm));
    check("samples", stored.samples, grid.samples);
    check("noise", stored.noise, grid.noise);
    check("width", stored.width, grid.width);
    check("seed", stored.seed, grid.seed);
  }
  check_coordinates("history/step", results.history_steps(),
                    configuration::history_steps(results.configuration()), complain);
}

/// Compares stored data with data drawn again: equal up to `tolerance` times the largest number, or NaN in both
/// (unknown directions).
void check_drawn(std::string_view name, const MatrixD& stored, const MatrixD& drawn,
                 double tolerance, const Complain& complain) {
  if (drawn.size() == 0) return;
  const double allowed =
      tolerance * drawn.array().isNaN().select(0, drawn.array().abs()).maxCoeff();
  const auto differs = (stored.array() != drawn.array()) &&
                       !((stored - drawn).array().abs() <= allowed) &&
                       !(stored.array().isNaN() && drawn.array().isNaN());
  const Index different = differs.count();
  if (different == 0) return;
  const double largest = differs.select((stored - drawn).array().abs(), 0).maxCoeff();
  complain(fmt::format("{}: {} of {} numbers differ from those of the seed, by up to {:.2g}", name,
                       different, stored.size(), largest));
}

void check_data(const grid::Study& study, std::int64_t seed, const results::StoredData& stored,
                double tolerance, const Complain& complain) {
  const problem::Problem& problem = study.problem;
  if (problem.input_law() == nullptr && problem.external() == nullptr) return;
  const problem::IndexModel target = problem.index_model(seed);
  const problem::DataSet samples =
      problem.data_set(target, seed, std::ranges::max(study.configuration.grid.samples));
  const auto check = [&](std::string_view name, const MatrixD& in_file, const MatrixD& drawn) {
    check_drawn(name, in_file, drawn, tolerance, complain);
  };
  check("index_directions", stored.target.directions, target.directions);
  check("coefficients", stored.target.coefficients, target.coefficients);
  check("inputs", stored.samples.inputs, samples.inputs);
  check("target", stored.samples.target, samples.target);
  check("label_noise", stored.samples.noise, samples.noise);
  if (problem.external() == nullptr) return;
  const problem::DataSplit split = problem.data_split(seed);
  // Stored only if they are drawn.
  const std::vector<std::int64_t>& rows = stored.split.rows;
  std::size_t different = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) different += rows[i] != split.rows[i] ? 1 : 0;
  if (different > 0) {
    complain(
        fmt::format("row: {} of {} rows differ from those of the seed", different, rows.size()));
  }
  if (!problem.settings().standardize) return;
  check("input_mean", stored.split.mean, split.mean);
  check("input_deviation", stored.split.deviation, split.deviation);
}

/// Figures that a measured network may lack: the alignment without neurons or known directions, and the
/// population loss if a data file has no held-out rows.
bool can_be_missing(const grid::Variable& variable,
                    const configuration::Configuration& configuration) {
  return variable.value == &grid::Record::index_alignment ||
         (variable.value == &grid::Record::population_loss &&
          configuration.problem.inputs->is_file());
}

/// The null-space radius, which is infinite where a neuron is 0 at all samples and not everywhere, and its bound.
bool can_be_infinite(const grid::Variable& variable) {
  return variable.value == &grid::Record::null_space_radius ||
         variable.value == &grid::Record::null_space_radius_bound;
}

/// Checks which figures are present for the status. The figures of the history exist for every network; others
/// only if they were requested.
void check_figures(const configuration::Configuration& configuration,
                   const grid::StoredVariables& variables, const grid::Record& record,
                   const Complain& complain) {
  for (const grid::Variable& variable : variables.figures) {
    const double value = record.*variable.value;
    if (std::isinf(value) && !can_be_infinite(variable))
      complain(fmt::format("{} is infinite", variable.name));
    if (!variable.in_history || std::isnan(value) != grid::is_measured(record.status)) continue;
    if (std::isnan(value) && can_be_missing(variable, configuration)) continue;
    complain(fmt::format("{} is {}, but the status is {}", variable.name,
                         std::isnan(value) ? "missing" : "present", grid::name_of(record.status)));
  }
}

/// Checks the history: it has a row for each step of the training, if the algorithm had a network to measure,
/// and no row after it. Its last row has the figures of the point.
void check_history(const configuration::Configuration& configuration,
                   const grid::StoredVariables& variables, const grid::PointResult& point,
                   const std::vector<std::int64_t>& steps, const Complain& complain) {
  const auto is_missing = [&](Index row) {
    return std::ranges::all_of(variables.history, [&](const grid::Variable& variable) {
      return std::isnan(point.history(row, grid::history_column(variable)));
    });
  };
  for (const grid::Variable& variable : variables.history) {
    const auto figures = point.history.col(grid::history_column(variable));
    const Index end = figures.size() - 1;
    for (Index row = 0; row < end; ++row) {
      const std::int64_t step = configuration::at(steps, row);
      const bool reached = static_cast<double>(step) <= point.record.steps;
      // The figures of a diverging network may have any value.
      if (reached && !grid::is_measured(point.record.status)) continue;
      if (reached ? std::isfinite(figures(row)) : std::isnan(figures(row))) continue;
      if (is_missing(row)) continue;
      if (std::isnan(figures(row)) && can_be_missing(variable, configuration)) continue;
      complain(fmt::format("the history of {} is {} at step {}, but the training took {} steps",
                           variable.name, figures(row), step, point.record.steps));
      return;
    }
    const double figure = point.record.*variable.value;
    if (figures(end) == figure || (std::isnan(figures(end)) && std::isnan(figure))) continue;
    complain(fmt::format("the history of {} ends with {}, but the figure is {}", variable.name,
                         figures(end), figure));
    return;
  }
}

/// A bound on the rounding errors of the outputs of a network, as root mean square over the samples: the sum over
/// neurons and components has an error of (k d + m) epsilon times the sum of absolute values, which is the
/// output of the network of absolute values for the absolute inputs.
double output_rounding(const algorithm::Task& task, const network::Network<double>& network) {
  network::Network<double> magnitudes = network;
  network::for_each_layer([](auto& layer) { layer = layer.cwiseAbs(); }, magnitudes);
  const MatrixD inputs = task.inputs.cwiseAbs();
  network::Workspace<double> workspace(network.width());
  VectorD terms;
  network::predict(task.activation, magnitudes, inputs, workspace, terms);
  terms += task.labels.cwiseAbs();
  Index components = network.dimension();
  for (const MatrixD& layer : network.linear) components += layer.rows();
  const auto additions =
      static_cast<double>(task.activation.degree() * components + network.width());
  return additions * std::numeric_limits<double>::epsilon() * terms.norm() /
         std::sqrt(static_cast<double>(terms.size()));
}

/// Compares the stored figures with figures recomputed from network and data.
void check_recomputed(const configuration::FlatnessSettings& extras,
                      const grid::StoredVariables& variables, const grid::PointTask& point_task,
                      const grid::PointResult& point, const Complain& complain) {
  const algorithm::Task& task = point_task.task();
  grid::Record recomputed;
  // No figures of the network: check_bound, and what the searches of null-space radius and worst bound.
  recomputed.flatness_lower_bound_kind = recomputed.path_norm_lower_bound_kind =
      recomputed.null_space_radius_bound_kind = recomputed.worst_loss_bound_kind =
          grid::Record::k_nan;
  grid::measure_network(task, point_task.truth(), point.network, recomputed);
  grid::measure_extras(
      extras, task, point_task.truth(), point.network, [] { return true; }, recomputed);
  const double rounding = output_rounding(task, point.network);
  // If every error is known to e, their mean square q is known to 2 sqrt(q) e + e^2 (Cauchy-Schwarz).
  const auto square_rounding = [rounding](double square) {
    return 2 * std::sqrt(square) * rounding + rounding * rounding;
  };
  const auto allowed = [&](const grid::Variable& variable) {
    const double value = recomputed.*variable.value;
    const double relative = k_verified_to * std::abs(value);
    if (variable.value == &grid::Record::train_loss)
      return relative + square_rounding(2 * value) / 2;
    if (variable.value == &grid::Record::population_loss) return relative + square_rounding(value);
    // Residuals of both signs cancel in the sum.
    if (variable.value == &grid::Record::flatness_residual_part) {
      return relative + k_verified_to * recomputed.flatness_trace;
    }
    // Accurate to the rounding error of the largest eigenvalue, relative to the sum of all.
    if (variable.value == &grid::Record::index_tail) return relative + k_verified_to;
    // Accurate to the rounding error of the kernel.
    if (variable.value == &grid::Record::tangent_kernel_min) {
      return relative + 1e-3 * k_verified_to * recomputed.tangent_kernel_max;
    }
    return relative;
  };
  for (const grid::Variable& variable : variables.figures) {
    const double expected = recomputed.*variable.value;
    const double stored = point.record.*variable.value;
    // NaN: does not follow from the network (for example steps).
    if (std::isnan(expected) || std::abs(stored - expected) <= allowed(variable)) continue;
    complain(fmt::format("{} is {} in the file, {} recomputed", variable.name, stored, expected));
  }

  const double tolerance = task.training.interpolation_tolerance;
  const double residual = grid::relative_residual(task, recomputed.train_loss);
  const double doubt =
      grid::relative_residual(task, square_rounding(2 * recomputed.train_loss) / 2);
  // A file of version 0.2 does not list the figure.
  const grid::Record& record = point.record;
  const bool listed = !std::isnan(record.interpolates);
  const bool interpolates = listed ? record.interpolates == 1 : record.status == grid::Status::done;
  if (interpolates ? residual > tolerance + doubt : residual < tolerance - doubt) {
    complain(fmt::format("{} at relative squared residual {:.2g} and tolerance {:.2g}",
                         listed ? fmt::format("interpolates is {}", record.interpolates)
                                : fmt::format("status {}", grid::name_of(record.status)),
                         residual, tolerance));
  }
}

/// Checks that the status agrees with the other figures, for algorithms with and without training.
void check_status(const algorithm::TrainingSettings& training, bool trained,
                  const grid::Record& record, const Complain& complain) {
  const bool possible = [&] {
    switch (record.status) {
      case grid::Status::done:
        return record.interpolates != 0 || (trained && !training.polish);
      case grid::Status::not_interpolating:
        return record.interpolates != 1 && !(trained && !training.polish);
      case grid::Status::cut_short:
        return trained && training.polish && record.steps == static_cast<double>(training.steps);
      default:
        return true;
    }
  }();
  if (possible) return;
  complain(fmt::format("status {} contradicts interpolates {} after {} steps",
                       grid::name_of(record.status), record.interpolates, record.steps));
}

/// Proves a certified lower bound again from its multipliers.
void check_bound(const algorithm::Task& task, const grid::PointResult& point,
                 flattest::GaugeKind gauge, const Complain& complain) {
  const grid::Record& record = point.record;
  const bool of_flatness = gauge == flattest::GaugeKind::flatness;
  const std::string_view name = of_flatness ? "flatness_lower_bound" : "path_norm_lower_bound";
  const double stored = of_flatness ? record.flatness_lower_bound : record.path_norm_lower_bound;
  const double kind =
      of_flatness ? record.flatness_lower_bound_kind : record.path_norm_lower_bound_kind;
  // A bound of 0 needs no proof.
  if (kind != static_cast<double>(algorithm::BoundKind::certified) || stored == 0) return;
  double proved = 0;
  try {
    proved = flattest::certified_lower_bound(task, point.multipliers.head(task.samples()), gauge);
  } catch (const Error& error) {
    return complain(fmt::format("{}: {}", name, error.what()));
  }
  // NaN is no proof.
  if (proved >= stored * (1 - k_verified_to)) return;
  complain(fmt::format("{} is {} in the file, its multipliers prove {}", name, stored, proved));
}

/// A point and its stored checksum. Reads the point again if it was written meanwhile.
struct StoredPoint {
  grid::PointResult result;
  std::uint64_t stored_checksum = 0;
  std::uint64_t checksum = 0;
};

StoredPoint read_point(const results::ResultsReader& results,
                       const configuration::GridPoint& position) {
  StoredPoint point;
  for (int reading = 0; reading < 2; ++reading) {
    // Reads the checksum last: it is written after the data and before the status.
    point.result = results.point(position);
    point.stored_checksum = results.stored_checksum(position);
    point.checksum = grid::checksum(point.result, results.variables());
    if (point.result.record.status == grid::Status::pending) break;
    if (point.stored_checksum == point.checksum) break;
  }
  return point;
}

}  // namespace

void require_networks_and_data(const results::ResultsReader& results, const std::string& file,
                               std::string_view purpose) {
  const configuration::OutputSettings& output = results.configuration().output;
  if (output.networks && output.data) return;
  throw Error(fmt::format("{}: {} requires networks and data, but the file was made with {}", file,
                          purpose,
                          output.networks ? "output.data = false"
                          : output.data   ? "output.networks = false"
                                          : "output.networks = false and output.data = false"));
}

grid::Study study_with_data(const results::ResultsReader& results) {
  grid::Study study = results::read_study(results.configuration());
  results::require_same_data(study.problem, results);
  return study;
}

Verification verify(const results::ResultsReader& results, const grid::Study& study, bool recompute,
                    const Complain& complain) {
  const configuration::Configuration& configuration = study.configuration;
  const configuration::Axes& axes = configuration.grid;
  const std::vector<std::int64_t> steps = configuration::history_steps(configuration);
  const grid::StoredVariables& variables = results.variables();
  Verification verification;
  verification.of_another_build = !is_of_this_build(results);
  const double data_tolerance = verification.of_another_build ? k_verified_to : 0;

  const auto complain_of_shared = [&](const std::string& fault) {
    ++verification.data_faults;
    complain(fault);
  };
  check_axes(results, complain_of_shared);

  const auto [algorithms, samples, noises, widths, seeds] = axes.shape();
  for (std::int64_t seed = 0; seed < seeds; ++seed) {
    std::optional<results::StoredData> data;
    if (configuration.output.data) {
      data = results.data(seed);
      check_data(study, configuration::at(axes.seed, seed), *data, data_tolerance,
                 [&](const std::string& fault) {
                   complain_of_shared(fmt::format("data of seed {}: {}",
                                                  configuration::at(axes.seed, seed), fault));
                 });
    }
    for (std::int64_t flat = seed; flat < axes.points(); flat += seeds) {
      const configuration::GridPoint position = configuration::grid_point(axes, flat);
      if (!results.part().contains(axes, position)) continue;
      ++verification.points;
      const StoredPoint point = read_point(results, position);
      const grid::Status status = point.result.record.status;
      if (status == grid::Status::pending) {
        ++verification.pending;
        continue;
      }
      bool damaged = false;
      const auto complain_of_point = [&](const std::string& fault) {
        damaged = true;
        complain(fmt::format("{}: {}", configuration::describe(axes, position), fault));
      };
      if (point.checksum != point.stored_checksum) {
        complain_of_point(
            fmt::format("the checksum is {:016x}, but that of the stored numbers {:016x}",
                        point.stored_checksum, point.checksum));
      }
      const auto number = static_cast<int>(status);
      if (number < 0 || number >= grid::k_status_count) {
        complain_of_point(fmt::format("{} is no status", number));
      } else {
        check_figures(configuration, variables, point.result.record, complain_of_point);
        check_status(configuration::at(study.training, position.algorithm),
                     grid::work_of(study, position).run.polished, point.result.record,
                     complain_of_point);
        check_history(configuration, variables, point.result, steps, complain_of_point);
        if (recompute && grid::is_measured(status)) {
          ++verification.recomputed;
          const grid::PointTask point_task(study, position, data->target, data->samples);
          check_recomputed(configuration.flatness, variables, point_task, point.result,
                           complain_of_point);
          if (variables.multipliers) {
            for (const flattest::GaugeKind gauge :
                 {flattest::GaugeKind::flatness, flattest::GaugeKind::path_norm})
              check_bound(point_task.task(), point.result, gauge, complain_of_point);
          }
        }
      }
      verification.damaged += damaged;
    }
  }
  return verification;
}

}  // namespace flatgrid::archive
