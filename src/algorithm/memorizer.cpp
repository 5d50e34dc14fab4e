// SPDX-License-Identifier: MIT
/// `memorizer`: a neuron centred at each sample, w_i = x_i / ||x_i|| for i < n, and the outer
/// weights that fit the labels; the remaining neurons are zero. It interpolates if the n x n
/// matrix of sigma(x_j . x_i / ||x_j||) is nonsingular: for relu and abs and samples in general
/// position. For `quadratic` the rank is at most d (d + 1) / 2; for more samples it is the
/// least-squares fit.
#include <fmt/format.h>

#include "flatgrid/algorithm/direct_run.hpp"
#include "linear_fit.hpp"

namespace flatgrid::algorithm {

namespace {

std::unique_ptr<Run> start(const Task& task) {
  return std::make_unique<DirectRun>([task] {
    auto network = network::Network<double>::zero(task.width, task.dimension());
    network.inner.topRows(task.samples()) = task.inputs.colwise().normalized().transpose();
    fit_outer_layer(task, network);
    return network;
  });
}

std::optional<Conflict> conflict(const PointOutline& points) {
  if (points.width >= points.samples) return std::nullopt;
  return Conflict{"grid.width",
                  fmt::format("must be at least {} everywhere, since the algorithm memorizer needs "
                              "a neuron for each of the grid.samples",
                              points.samples)};
}

constexpr std::string_view k_obstacle =
    "the activations of neurons centred at the samples are linearly dependent";

/// With biases neurons at (x, 1) are active on most of the samples in one or two dimensions.
std::optional<std::string_view> doubt(const PointOutline& point) {
  if (point.problem.appends_one() && point.problem.settings().dimension <= 2) return k_obstacle;
  return std::nullopt;
}

}  // namespace

Algorithm memorizer_algorithm() {
  return {.name = "memorizer",
          .start = start,
          .price = linear_fit_price,
          .conflict = conflict,
          .obstacle = k_obstacle,
          .doubt = doubt,
          .description =
              "A neuron centred at each sample, w_i = x_i / ||x_i||, and the outer weights that\n"
              "fit the labels; the remaining neurons are zero.",
          .ending = "At once, by one linear system.",
          .needs_free_biases = "a neuron with another bias is not centred at its sample"};
}

}  // namespace flatgrid::algorithm
