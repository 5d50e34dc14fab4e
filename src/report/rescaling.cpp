// SPDX-License-Identifier: MIT
#include "flatgrid/report/rescaling.hpp"

#include <cmath>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/symmetry.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

bool has_networks(const Figures& figures) {
  const OutputSettings& output = figures.results().configuration().output;
  return output.networks && output.data;
}

RescaledFlatness rescale_randomly(const Figures& figures, std::int64_t flat) {
  const ResultsReader& results = figures.results();
  const Axes& axes = figures.axes();
  const GridPoint point = grid_point(axes, flat);
  const auto activation = make_activation(results.configuration().network);
  const int degree = activation->degree();
  const MatrixD inputs =
      results.data(point.seed).samples.inputs.leftCols(at(axes.samples, point.samples));
  Network<double> network = results.point(point).network;
  const NeuronTraces before = neuron_traces(*activation, network, inputs);
  VectorD factors(network.width());
  Stream stream(at(axes.seed, point.seed), Purpose::random_rescaling,
                static_cast<std::uint64_t>(flat));
  const double of_network = std::exp(2 * stream.normal());
  for (double& factor : factors) factor = of_network * std::exp(stream.normal());
  rescale(network, degree, factors);
  const NeuronTraces after = neuron_traces(*activation, network, inputs);
  return {.trace = flatness_trace(before),
          .rescaled_trace = flatness_trace(after),
          .orbit_min = flatness_orbit_min(before, degree),
          .rescaled_orbit_min = flatness_orbit_min(after, degree)};
}

}  // namespace flatgrid
