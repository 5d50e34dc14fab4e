// SPDX-License-Identifier: MIT
/// A learning task for the tests of algorithms, with everything it refers to.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/neurons.hpp"
#include "flatgrid/network/kernels.hpp"
#include "support.hpp"

namespace flatgrid::test {

/// Where a run ended.
struct Ended {
  network::Network<double> network;
  std::int64_t steps;
  bool diverged;
};

/// Drives a run to its end.
inline Ended finish(algorithm::Run& run, std::int64_t budget_per_call = 1000) {
  while (!run.finished() && !run.diverged()) run.advance(budget_per_call);
  return {*run.network(), run.steps(), run.diverged()};
}

struct TaskFixture {
  TaskFixture(std::int64_t seed, Index dimension, Index samples, Index width, double noise,
              const std::string& activation_name = "relu", const std::string& link = "relu")
      : example(seed, dimension, samples, width, noise, link),
        activation(test::activation(activation_name)),
        population_loss(example.problem, *activation, example.target, seed),
        task{.training = training,
             .activation = *activation,
             .input_law = example.problem.input_law(),
             .inputs = example.data.inputs,
             .labels = example.labels,
             .width = width,
             .seed = seed},
        truth{.problem = example.problem,
              .target = example.target,
              .population_loss = population_loss} {}
  TaskFixture(const TaskFixture&) = delete;

  [[nodiscard]] double relative_residual(const network::Network<double>& network) const {
    network::Workspace<double> workspace(network.width());
    VectorD outputs;
    network::predict(*activation, network, task.inputs, workspace, outputs);
    return (outputs - task.labels).squaredNorm() / task.labels.squaredNorm();
  }

  [[nodiscard]] double orbit_minimum(const network::Network<double>& network) const {
    return measure::flatness_orbit_min(measure::neuron_traces(*activation, network, task.inputs),
                                       activation->degree());
  }

  [[nodiscard]] std::unique_ptr<algorithm::Run> start(std::string_view name) const {
    return algorithm::start_run(*Choice<algorithm::Algorithm>(name), task, truth);
  }
  [[nodiscard]] Ended run(std::string_view name, std::int64_t budget_per_call = 1000) const {
    return finish(*start(name), budget_per_call);
  }

  test::Example example;
  std::unique_ptr<network::Activation<double>> activation;
  algorithm::TrainingSettings training;
  measure::PopulationLoss population_loss;
  algorithm::Task task;
  algorithm::Truth truth;
};

/// A budget for `advance` that no run uses up.
inline constexpr auto k_no_limit = std::numeric_limits<std::int64_t>::max();

/// Of all parameters, Euclidean.
inline double distance(const network::Network<double>& a, const network::Network<double>& b) {
  network::Network<double> difference = a;
  network::for_each_layer([](const auto& other, auto& layer) { layer -= other; }, b, difference);
  return network::norm(difference);
}

}  // namespace flatgrid::test
