// SPDX-License-Identifier: MIT
/// Small problems and networks shared by the tests.
#pragma once

#include <string>

#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::test {

inline std::unique_ptr<network::Activation<double>> activation(const std::string& name) {
  return network::make_activation({.activation = name});
}

inline problem::ProblemSettings problem(Index dimension, Index indices,
                                        const std::string& link = "relu") {
  problem::ProblemSettings settings;
  settings.link = link;
  settings.dimension = dimension;
  settings.indices = indices;
  return settings;
}

inline VectorD normals(std::int64_t seed, Index size) {
  VectorD values(size);
  random::Stream stream(seed, random::Purpose::test_set, 0);
  random::fill_normal(stream, values);
  return values;
}

/// A data set with noisy labels, and a random network of the usual size on it.
struct Example {
  Example(std::int64_t seed, Index dimension, Index samples, Index width, double noise = 0.3,
          const std::string& link = "relu")
      : problem(test::problem(dimension, std::min<Index>(3, dimension), link)),
        target(problem.index_model(seed)),
        data(problem.data_set(target, seed, samples)),
        labels(data.target + noise * data.noise),
        network(descent::gaussian_network(seed, width, dimension, 1.0)) {}

  problem::Problem problem;
  problem::IndexModel target;
  problem::DataSet data;
  VectorD labels;
  network::Network<double> network;
};

}  // namespace flatgrid::test
