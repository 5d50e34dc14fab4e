// SPDX-License-Identifier: MIT
#include "flatgrid/grid/measurement.hpp"

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/hessian.hpp"
#include "flatgrid/measure/index_spectrum.hpp"
#include "flatgrid/measure/neurons.hpp"
#include "flatgrid/measure/norms.hpp"
#include "flatgrid/measure/residual.hpp"
#include "flatgrid/measure/sharpness.hpp"
#include "flatgrid/measure/tangent_spectrum.hpp"
#include "flatgrid/measure/trace_estimates.hpp"
#include "flatgrid/network/kernels.hpp"

namespace flatgrid {

namespace {

/// f(x_i) - y_i, [n]
VectorD residual_of(const Task& task, const Network<double>& network) {
  Workspace<double> workspace(network.width());
  VectorD residual;
  predict(task.activation, network, task.inputs, workspace, residual);
  residual -= task.labels;
  return residual;
}

double train_loss(const VectorD& residual) {
  return residual.squaredNorm() / (2.0 * static_cast<double>(residual.size()));
}

}  // namespace

double train_loss(const Task& task, const Network<double>& network) {
  return train_loss(residual_of(task, network));
}

void measure_network(const Task& task, const Truth& truth, const Network<double>& network,
                     Record& record) {
  const VectorD residual = residual_of(task, network);
  record.train_loss = train_loss(residual);
  const Estimate population_loss = truth.population_loss(network);
  record.population_loss = population_loss.value;
  record.population_loss_stderr = population_loss.standard_error;
  const NeuronTraces traces = neuron_traces(task.activation, network, task.inputs);
  record.flatness_residual_part =
      flatness_residual_part(task.activation, network, task.inputs, residual);
  record.flatness_trace = flatness_trace(traces) + record.flatness_residual_part;
  record.flatness_orbit_min = flatness_orbit_min(traces, task.activation.degree());
  record.path_norm = path_norm(network);
  record.parameter_norm = parameter_norm(network);
  record.active_neurons = static_cast<double>(active_neurons(network, traces));
  record.effective_neurons = effective_neurons(traces, task.activation.degree());
  record.index_alignment =
      index_alignment(network, truth.target.directions, task.activation.degree());
}

bool measure_extras(const FlatnessSettings& settings, const Task& task, const Truth& truth,
                    const Network<double>& network, const std::function<bool()>& go_on,
                    Record& record) {
  HessianOperator hessian(task.activation, network, task.inputs, task.labels);
  if (settings.top_eigenvalue) {
    if (!go_on()) return false;
    record.hessian_top_eigenvalue = hessian_top_eigenvalue(hessian, task.seed);
  }
  if (settings.trace_probes > 0) {
    if (!go_on()) return false;
    record.hessian_trace_hutchinson = hutchinson_trace(hessian, task.seed, settings.trace_probes);
    record.hessian_trace_hutchpp = hutchpp_trace(hessian, task.seed, settings.trace_probes);
  }
  if (settings.frobenius_norm) {
    if (!go_on()) return false;
    record.hessian_frobenius_norm =
        hessian_frobenius_norm(task.activation, network, task.inputs, task.labels);
  }
  if (settings.tangent_kernel) {
    if (!go_on()) return false;
    const TangentSpectrum spectrum = tangent_spectrum(task.activation, network, task.inputs);
    record.tangent_kernel_max = spectrum.max;
    record.tangent_kernel_min = spectrum.min;
  }
  if (settings.sharpness_radius > 0) {
    if (!go_on()) return false;
    const Sharpness measured =
        sharpness(task.activation, network, task.inputs, task.labels, settings.sharpness_radius,
                  settings.sharpness_draws, task.seed);
    record.sharpness_average = measured.average;
    record.sharpness_average_stderr = measured.average_standard_error;
    record.sharpness_worst = measured.worst;
  }
  if (settings.index_spectrum) {
    if (!go_on()) return false;
    const IndexSpectrum spectrum =
        index_spectrum(truth.problem, task.activation, network, task.seed);
    record.index_dimension = index_dimension(spectrum);
    record.index_recovery = index_recovery(spectrum, truth.target.directions);
    record.index_tail = index_tail(spectrum, truth.target.directions);
  }
  return true;
}

double relative_residual(const Task& task, double train_loss) {
  return relative_residual(2 * train_loss * static_cast<double>(task.samples()), task.labels);
}

}  // namespace flatgrid
