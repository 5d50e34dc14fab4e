// SPDX-License-Identifier: MIT
/// Shared by the programs of Google Benchmark: a learning task, and the main function.
#pragma once

#include <memory>

#include <benchmark/benchmark.h>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid {

/// Gaussian inputs, the default target, and a network of width m that has not been trained.
struct Example {
  Example(Index samples, Index dimension, Index width, Index indices = 3)
      : problem(settings(dimension, indices)),
        data(problem.data_set(problem.index_model(0), 0, samples)),
        network(descent::gaussian_network(0, width, dimension, 1.0)) {}

  static problem::ProblemSettings settings(Index dimension, Index indices) {
    problem::ProblemSettings settings;
    settings.dimension = dimension;
    settings.indices = indices;
    return settings;
  }

  /// The task must not outlive the example and the settings.
  [[nodiscard]] algorithm::Task task(const algorithm::TrainingSettings& training) const {
    return {.training = training,
            .activation = *relu,
            .input_law = problem.input_law(),
            .inputs = data.inputs,
            .labels = data.target,
            .width = network.width(),
            .seed = 0};
  }

  problem::Problem problem;
  problem::DataSet data;
  network::Network<double> network;
  std::unique_ptr<network::Activation<double>> relu = network::make_activation({});
};

/// The main function of a program of benchmarks.
inline int run_benchmarks(int argc, char** argv) {
  fix_product_blocking();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace flatgrid
