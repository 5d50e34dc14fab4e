// SPDX-License-Identifier: MIT
/// A learning task for the tests of algorithms, with everything it refers to.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/network/kernels.hpp"
#include "support.hpp"

namespace flatgrid::test {

struct TaskFixture {
  TaskFixture(std::int64_t seed, Index dimension, Index samples, Index width, double noise,
              const std::string& activation_name = "relu", const std::string& link = "relu")
      : example(seed, dimension, samples, width, noise, link),
        activation(test::activation(activation_name)),
        population_loss(example.settings, {.activation = activation_name}, example.target, seed),
        task{training, *activation, example.target,  example.data.inputs, example.labels,
             width,    seed,        population_loss, example.settings} {}
  TaskFixture(const TaskFixture&) = delete;

  [[nodiscard]] double relative_residual(const Network<double>& network) const {
    Workspace<double> workspace(network.width());
    VectorD outputs;
    predict(*activation, network, task.inputs, workspace, outputs);
    return (outputs - task.labels).squaredNorm() / task.labels.squaredNorm();
  }

  AlgorithmState run(std::string_view name, std::int64_t budget_per_call) const {
    const Algorithm& algorithm = find_algorithm(name);
    AlgorithmState state;
    algorithm.start(task, state);
    while (!state.finished && !state.diverged) algorithm.advance(task, state, budget_per_call);
    return state;
  }

  test::Example example;
  std::unique_ptr<Activation<double>> activation;
  TrainingSettings training;
  PopulationLoss population_loss;
  Task task;
};

/// Of all parameters, Euclidean.
inline double distance(const Network<double>& a, const Network<double>& b) {
  return std::sqrt((a.inner - b.inner).squaredNorm() + (a.outer - b.outer).squaredNorm());
}

}  // namespace flatgrid::test
