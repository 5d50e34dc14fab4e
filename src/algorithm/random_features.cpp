// SPDX-License-Identifier: MIT
/// `random-features`: a random first layer w_j ~ N(0, I/d) that is never trained, and the second
/// layer of minimum norm that fits the labels, or, with random-features.flattest = yes, of least orbit
/// minimum.
#include <cmath>

#include "flatgrid/algorithm/direct_run.hpp"
#include "flatgrid/random/stream.hpp"
#include "linear_fit.hpp"

namespace flatgrid::algorithm {

namespace {

std::unique_ptr<Run> start(const Task& task) {
  return std::make_unique<DirectRun>([task] {
    auto network = zero_network(task);
    const Index dimension = task.trained_dimension();
    const double scale = 1 / std::sqrt(static_cast<double>(dimension));
    for (Index j = 0; j < task.width; ++j) {
      random::Stream stream(task.seed, random::Purpose::random_features,
                            static_cast<std::uint64_t>(j));
      for (double& weight : network.inner.row(j).head(dimension)) weight = scale * stream.normal();
    }
    const bool flattest = task.training.random_features.flattest;
    (flattest ? fit_flattest_outer_layer : fit_outer_layer)(task, network);
    return network;
  });
}

Price price(const PointOutline& point) {
  return point.training.random_features.flattest ? flattest_fit_price(point)
                                                 : linear_fit_price(point);
}

std::optional<Conflict> conflict(const PointOutline& points) {
  if (!points.network.bias->frozen || !points.training.random_features.flattest)
    return std::nullopt;
  return Conflict{"random-features.flattest",
                  "must be no with network.bias = frozen: there is no orbit minimum"};
}

constexpr std::string_view k_obstacle =
    "the rank of the random features of this width is below the number of samples";

std::optional<std::string_view> doubt(const PointOutline& point) {
  return point.width < point.samples ? std::optional(k_obstacle) : std::nullopt;
}

}  // namespace

Algorithm random_features_algorithm() {
  return {
      .name = "random-features",
      .start = start,
      .price = price,
      .conflict = conflict,
      .obstacle = k_obstacle,
      .doubt = doubt,
      .description =
          "A random first layer w_j ~ N(0, I/d), which is never trained, and the second\n"
          "layer of least norm that fits the labels. With random-features.flattest = yes, the\n"
          "second layer of least orbit minimum: the flattest network with these features, by\n"
          "a linear program (degree 1) or Newton's method (degree 2 and 3). Its unused neurons\n"
          "are zero.",
      .source = "Rahimi, Recht 2007, Random features for large-scale kernel machines",
      .ending = "At once. It interpolates if the width is at least the number of samples.",
      .keys = {"random-features.flattest"}};
}

}  // namespace flatgrid::algorithm
