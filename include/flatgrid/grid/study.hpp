// SPDX-License-Identifier: MIT
/// The data that all points of a grid share.
#pragma once

#include <memory>
#include <utility>

#include "flatgrid/configuration/configuration.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/problem/problem.hpp"

namespace flatgrid {

/// A configuration with the objects it describes, constructed once.
struct Study {
  /// `external`: the data of the inputs `file`; without them no samples can be drawn. Implicit: a
  /// configuration without a data file determines the study.
  Study(Configuration of, std::shared_ptr<const ExternalData> external = nullptr)
      : configuration(std::move(of)),
        problem(configuration.problem, std::move(external)),
        activation(make_activation(configuration.network)) {}

  Configuration configuration;
  Problem problem;
  std::unique_ptr<Activation<double>> activation;
};

}  // namespace flatgrid
