// SPDX-License-Identifier: MIT
/// `random-features`: a random first layer w_j ~ N(0, I/d) that is never trained, and the second
/// layer of minimum norm that fits the labels.
#include <cmath>

#include "flatgrid/algorithm/direct_run.hpp"
#include "flatgrid/random/stream.hpp"
#include "linear_fit.hpp"

namespace flatgrid::algorithm {

namespace {

std::unique_ptr<Run> start(const Task& task) {
  return std::make_unique<DirectRun>([task] {
    auto network = network::Network<double>::zero(task.width, task.dimension());
    const double scale = 1 / std::sqrt(static_cast<double>(task.dimension()));
    for (Index j = 0; j < task.width; ++j) {
      random::Stream stream(task.seed, random::Purpose::random_features,
                            static_cast<std::uint64_t>(j));
      for (double& weight : network.inner.row(j)) weight = scale * stream.normal();
    }
    fit_outer_layer(task, network);
    return network;
  });
}

constexpr std::string_view k_obstacle =
    "the random features of this width have not the rank to fit every label";

std::optional<std::string_view> doubt(const PointOutline& point) {
  return point.width < point.samples ? std::optional(k_obstacle) : std::nullopt;
}

}  // namespace

Algorithm random_features_algorithm() {
  return {.name = "random-features",
          .start = start,
          .price = linear_fit_price,
          .obstacle = k_obstacle,
          .doubt = doubt,
          .description =
              "A random first layer w_j ~ N(0, I/d), which is never trained, and the second\n"
              "layer of least norm that fits the labels.",
          .source = "Rahimi, Recht 2007, Random features for large-scale kernel machines",
          .ending =
              "At once, by one linear system. It interpolates where the width is at least the\n"
              "number of samples."};
}

}  // namespace flatgrid::algorithm
