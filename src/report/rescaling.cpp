// SPDX-License-Identifier: MIT
#include "flatgrid/report/rescaling.hpp"

#include <cmath>
#include <numbers>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/layered_flatness.hpp"
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
  return "Not all weights and biases of the neurons are trained, so there is no rescaling "
         "symmetry: the "
         "trace is that in the trained parameters, and the orbit minimum is this trace, without "
         "the "
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
  network::Network<double> network = results.point(point).network;
  const auto [trace, orbit_min] = flatness_of(network, inputs);
  VectorD factors(network.width());
  random::Stream stream(configuration::at(axes.seed, point.seed), random::Purpose::random_rescaling,
                        static_cast<std::uint64_t>(flat));
  const double of_network = 2 * stream.normal();
  for (double& factor : factors)
    factor = std::exp2(std::round((of_network + stream.normal()) / std::numbers::ln2));
  network::rescale(network, activation_->degree(), factors);
  for (std::size_t l = 0; l < network.linear.size(); ++l) {
    VectorD of_outputs(network.linear[l].rows());
    for (double& factor : of_outputs)
      factor = std::exp2(std::round(stream.normal() / std::numbers::ln2));
    network::rescale_linear(network, l, of_outputs);
  }
  const auto [rescaled_trace, rescaled_orbit_min] = flatness_of(network, inputs);
  return {.trace = trace,
          .rescaled_trace = rescaled_trace,
          .orbit_min = orbit_min,
          .rescaled_orbit_min = rescaled_orbit_min};
}

RandomRescaling::Flatness RandomRescaling::flatness_of(const network::Network<double>& network,
                                                       const MatrixD& inputs) const {
  if (!network.linear.empty()) {
    return {measure::layer_traces(*activation_, network, inputs).sum(),
            measure::layered_orbit_minimum(*activation_, network, inputs).value};
  }
  const measure::NeuronTraces traces = measure::neuron_traces(*activation_, network, inputs);
  return {measure::flatness_trace(traces),
          measure::flatness_orbit_min(traces, activation_->degree())};
}

}  // namespace flatgrid::report
