// SPDX-License-Identifier: MIT
/// A learning task that benchmarks measure on.
#pragma once

#include <memory>

#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid {

/// Gaussian inputs, the default target, and a network of width m that has not been trained.
struct Example {
  Example(Index samples, Index dimension, Index width, Index indices = 3)
      : problem(settings(dimension, indices)),
        data(problem.data_set(problem.index_model(0), 0, samples)),
        network(gaussian_network(0, width, dimension, 1.0)) {}

  static ProblemSettings settings(Index dimension, Index indices) {
    ProblemSettings settings;
    settings.dimension = dimension;
    settings.indices = indices;
    return settings;
  }

  Problem problem;
  DataSet data;
  Network<double> network;
  std::unique_ptr<Activation<double>> relu = make_activation({});
};

}  // namespace flatgrid
