// SPDX-License-Identifier: MIT
/// The data that all points of a grid share.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::grid {

/// A configuration with the objects it describes, constructed once.
struct Study {
  /// `external`: the data of the inputs `file`; without them no samples can be drawn. Implicit: a
  /// configuration without a data file determines the study.
  Study(configuration::Configuration of,
        std::shared_ptr<const problem::ExternalData> external = nullptr)
      : configuration(std::move(of)),
        problem(configuration.problem, std::move(external), configuration.network.bias->exists),
        activation(network::make_activation(configuration.network)) {
    for (const configuration::AlgorithmEntry& entry : configuration.grid.algorithm) {
      training.push_back(configuration::configuration_of(configuration, entry).training);
    }
  }

  configuration::Configuration configuration;
  problem::Problem problem;
  std::unique_ptr<network::Activation<double>> activation;
  /// By position on the axis `algorithm`: the settings of [training] and [flattest] of its points.
  std::vector<algorithm::TrainingSettings> training;
};

}  // namespace flatgrid::grid
