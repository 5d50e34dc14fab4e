// SPDX-License-Identifier: MIT
#include "flatgrid/report/rescaling.hpp"

#include <cmath>
#include <numbers>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/symmetry.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::report {

bool has_networks(const Figures& figures) {
  const configuration::OutputSettings& output = figures.results().configuration().output;
  return output.networks && output.data;
}

bool has_rescaling_symmetry(const Figures& figures) {
  return figures.results().configuration().network.has_rescaling_symmetry();
}

std::string_view without_symmetry(const Figures& figures) {
  if (has_rescaling_symmetry(figures)) return "";
  return "Not all weights of the neurons are trained, so there is no rescaling symmetry: the trace "
         "is "
         "that in the trained parameters, and the orbit minimum is this trace, without the "
         "residual "
         "part.";
}

RandomRescaling::RandomRescaling(const Figures& figures)
    : figures_(figures),
      activation_(network::make_activation(figures.results().configuration().network)) {}

RescaledFlatness RandomRescaling::operator()(std::int64_t flat) {
  const results::ResultsReader& results = figures_.results();
  const configuration::Axes& axes = figures_.axes();
  const configuration::GridPoint point = configuration::grid_point(axes, flat);
  if (seed_ != point.seed) {
    inputs_ = results.data(point.seed).samples.inputs;
    seed_ = point.seed;
  }
  const MatrixD inputs = inputs_.leftCols(configuration::at(axes.samples, point.samples));
  const int degree = activation_->degree();
  network::Network<double> network = results.point(point).network;
  const measure::NeuronTraces before = measure::neuron_traces(*activation_, network, inputs);
  VectorD factors(network.width());
  random::Stream stream(configuration::at(axes.seed, point.seed), random::Purpose::random_rescaling,
                        static_cast<std::uint64_t>(flat));
  const double of_network = 2 * stream.normal();
  for (double& factor : factors)
    factor = std::exp2(std::round((of_network + stream.normal()) / std::numbers::ln2));
  network::rescale(network, degree, factors);
  const measure::NeuronTraces after = measure::neuron_traces(*activation_, network, inputs);
  return {.trace = measure::flatness_trace(before),
          .rescaled_trace = measure::flatness_trace(after),
          .orbit_min = measure::flatness_orbit_min(before, degree),
          .rescaled_orbit_min = measure::flatness_orbit_min(after, degree)};
}

}  // namespace flatgrid::report
