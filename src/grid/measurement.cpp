// SPDX-License-Identifier: MIT
#include "flatgrid/grid/measurement.hpp"

#include <cmath>

#include "flatgrid/algorithm/frozen_biases.hpp"
#include "flatgrid/algorithm/ridge.hpp"
#include "flatgrid/measure/extreme_samples.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/hessian.hpp"
#include "flatgrid/measure/index_spectrum.hpp"
#include "flatgrid/measure/layered_flatness.hpp"
#include "flatgrid/measure/neurons.hpp"
#include "flatgrid/measure/norms.hpp"
#include "flatgrid/measure/representation_cost.hpp"
#include "flatgrid/measure/residual.hpp"
#include "flatgrid/measure/sharpness.hpp"
#include "flatgrid/measure/tangent_spectrum.hpp"
#include "flatgrid/measure/trace_estimates.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid::grid {

namespace {

/// f(x_i) - y_i, [n]
VectorD residual_of(const algorithm::Task& task, const network::Network<double>& network) {
  network::Workspace<double> workspace(network.width());
  VectorD residual;
  network::predict(task.activation, network, task.inputs, workspace, residual);
  residual -= task.labels;
  return residual;
}

double train_loss(const VectorD& residual) {
  return residual.squaredNorm() / (2.0 * static_cast<double>(residual.size()));
}

/// The parameters: without frozen biases; of neurons that share their direction, this direction once and
/// c = sqrt(m) a.
network::Network<double> parameters_of(const algorithm::Task& task,
                                       network::Network<double> network) {
  algorithm::keep_frozen_biases(task, network);
  if (task.shares_direction) {
    network.inner.bottomRows(network.width() - 1).setZero();
    network.outer *= std::sqrt(static_cast<double>(network.width()));
  }
  return network;
}

}  // namespace

double train_loss(const algorithm::Task& task, const network::Network<double>& network) {
  return train_loss(residual_of(task, network));
}

void measure_network(const algorithm::Task& task, const algorithm::Truth& truth,
                     const network::Network<double>& network, Record& record) {
  const VectorD residual = residual_of(task, network);
  record.train_loss = train_loss(residual);
  const network::Network<double> form = network::two_layer_form(network);
  const measure::Estimate population_loss = truth.population_loss(form);
  record.population_loss = population_loss.value;
  record.population_loss_stderr = population_loss.standard_error;
  const bool frozen_biases = task.network.bias->frozen;
  const measure::NeuronTraces all =
      measure::neuron_traces(task.activation, form, task.inputs, frozen_biases);
  record.active_neurons = static_cast<double>(measure::active_neurons(form, all));
  VectorD contributions;  // of the neurons to the orbit minimum
  if (network.linear.empty()) {
    const measure::NeuronTraces traces = measure::of_trained(all, task.network);
    record.flatness_residual_part = measure::flatness_residual_part(
        task.activation, network, task.inputs, residual, frozen_biases);
    record.flatness_trace = measure::flatness_trace(traces) + record.flatness_residual_part;
    contributions = measure::orbit_contributions(traces, task.activation.degree());
    record.flatness_orbit_min = contributions.sum();
  } else {
    const measure::LayeredOrbitMinimum minimum =
        measure::layered_orbit_minimum(task.activation, network, task.inputs);
    record.flatness_residual_part = 0;
    record.flatness_trace = measure::layer_traces(task.activation, network, task.inputs).sum();
    contributions = minimum.neurons;
    record.flatness_orbit_min = minimum.value;
  }
  if (task.shares_direction) {
    record.flatness_trace = record.flatness_orbit_min =
        measure::shared_direction_trace(task.activation, network, task.inputs);
  }
  record.effective_neurons = measure::participation_ratio(contributions);
  record.path_norm = measure::path_norm(form, truth.problem.appends_one() ? 1 : 0);
  record.parameter_norm = measure::parameter_norm(parameters_of(task, network));
  record.index_alignment =
      measure::index_alignment(form, truth.target.directions, task.activation.degree());
}

bool measure_extras(const configuration::FlatnessSettings& settings, const algorithm::Task& task,
                    const algorithm::Truth& truth, const network::Network<double>& network,
                    const std::function<bool()>& go_on, Record& record) {
  if (!network.linear.empty()) record.representation_cost = measure::representation_cost(network);
  measure::HessianOperator hessian(task.activation, network, task.inputs, task.labels);
  if (settings.top_eigenvalue) {
    if (!go_on()) return false;
    record.hessian_top_eigenvalue = measure::hessian_top_eigenvalue(hessian, task.seed);
    if (task.training.learning_rate) {
      record.stability_fraction = *task.training.learning_rate * record.hessian_top_eigenvalue / 2;
    }
  }
  if (settings.trace_probes > 0) {
    if (!go_on()) return false;
    record.hessian_trace_hutchinson =
        measure::hutchinson_trace(hessian, task.seed, settings.trace_probes);
    record.hessian_trace_hutchpp =
        measure::hutchpp_trace(hessian, task.seed, settings.trace_probes);
  }
  if (settings.frobenius_norm) {
    if (!go_on()) return false;
    record.hessian_frobenius_norm =
        measure::hessian_frobenius_norm(task.activation, network, task.inputs, task.labels);
  }
  if (settings.tangent_kernel) {
    if (!go_on()) return false;
    const measure::TangentSpectrum spectrum =
        measure::tangent_spectrum(task.activation, network, task.inputs);
    record.tangent_kernel_max = spectrum.max;
    record.tangent_kernel_min = spectrum.min;
  }
  if (settings.sharpness_radius > 0) {
    if (!go_on()) return false;
    const measure::Sharpness measured =
        measure::sharpness(task.activation, network, task.inputs, task.labels,
                           settings.sharpness_radius, settings.sharpness_draws, task.seed);
    record.sharpness_average = measured.average;
    record.sharpness_average_stderr = measured.average_standard_error;
    record.sharpness_worst = measured.worst;
  }
  if (settings.activation_rates) {
    if (!go_on()) return false;
    const measure::ActivationRates rates =
        measure::activation_rates(network::two_layer_form(network), task.inputs);
    record.activation_rate = rates.mean;
    record.sparse_neurons = rates.sparse;
  }
  if (task.shares_direction) {
    if (!go_on()) return false;
    record.alignment = measure::shared_alignment(network, truth.target.directions);
    record.ridge_loss = algorithm::least_ridge_loss(task, truth, network);
  }
  if (truth.problem.appends_one() && !task.network.bias->frozen) {
    if (!go_on()) return false;
    record.extreme_samples = measure::extreme_share(task.inputs);
  }
  if (settings.index_spectrum) {
    if (!go_on()) return false;
    const measure::IndexSpectrum spectrum = measure::index_spectrum(
        truth.problem, task.activation, network::two_layer_form(network), task.seed);
    record.index_dimension = measure::index_dimension(spectrum);
    record.index_recovery = measure::index_recovery(spectrum, truth.target.directions);
    record.index_tail = measure::index_tail(spectrum, truth.target.directions);
  }
  return true;
}

double relative_residual(const algorithm::Task& task, double train_loss) {
  return measure::relative_residual(2 * train_loss * static_cast<double>(task.samples()),
                                    task.labels);
}

}  // namespace flatgrid::grid
