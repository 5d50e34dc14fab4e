// SPDX-License-Identifier: MIT
#include "flatgrid/report/rescaling.hpp"

#include <cmath>
#include <numbers>

#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/network/symmetry.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

bool has_networks(const Figures& figures) {
  const OutputSettings& output = figures.results().configuration().output;
  return output.networks && output.data;
}

RandomRescaling::RandomRescaling(const Figures& figures)
    : figures_(figures), activation_(make_activation(figures.results().configuration().network)) {}

RescaledFlatness RandomRescaling::operator()(std::int64_t flat) {
  const ResultsReader& results = figures_.results();
  const Axes& axes = figures_.axes();
  const GridPoint point = grid_point(axes, flat);
  if (seed_ != point.seed) {
    inputs_ = results.data(point.seed).samples.inputs;
    seed_ = point.seed;
  }
  const MatrixD inputs = inputs_.leftCols(at(axes.samples, point.samples));
  const int degree = activation_->degree();
  Network<double> network = results.point(point).network;
  const NeuronTraces before = neuron_traces(*activation_, network, inputs);
  VectorD factors(network.width());
  Stream stream(at(axes.seed, point.seed), Purpose::random_rescaling,
                static_cast<std::uint64_t>(flat));
  const double of_network = 2 * stream.normal();
  for (double& factor : factors)
    factor = std::exp2(std::round((of_network + stream.normal()) / std::numbers::ln2));
  rescale(network, degree, factors);
  const NeuronTraces after = neuron_traces(*activation_, network, inputs);
  return {.trace = flatness_trace(before),
          .rescaled_trace = flatness_trace(after),
          .orbit_min = flatness_orbit_min(before, degree),
          .rescaled_orbit_min = flatness_orbit_min(after, degree)};
}

}  // namespace flatgrid
