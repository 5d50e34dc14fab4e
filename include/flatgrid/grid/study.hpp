// SPDX-License-Identifier: MIT
/// What all points of a grid share.
#pragma once

#include <memory>
#include <utility>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid::grid {

/// A configuration with the objects it describes, made once.
struct Study {
  /// `external`: the data of the inputs `file`; without them nothing can be drawn. Implicit: a
  /// configuration without a data file says all there is.
  Study(configuration::Configuration of,
        std::shared_ptr<const problem::ExternalData> external = nullptr)
      : configuration(std::move(of)),
        problem(configuration.problem, std::move(external)),
        activation(network::make_activation(configuration.network)) {}

  configuration::Configuration configuration;
  problem::Problem problem;
  std::unique_ptr<network::Activation<double>> activation;
};

}  // namespace flatgrid::grid
