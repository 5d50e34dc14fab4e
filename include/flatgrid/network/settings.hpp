// SPDX-License-Identifier: MIT
/// What the user chooses about the network; section [network] of a configuration.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "flatgrid/base/choice.hpp"

namespace flatgrid::network {

template <class Scalar>
class Activation;

/// An activation by its name.
struct ActivationKind {
  std::string_view name;
  std::unique_ptr<Activation<double>> (*make)(double leaky_slope);

  static std::span<const ActivationKind> table();
};

struct NetworkSettings {
  Choice<ActivationKind> activation = "relu";
  double leaky_slope = 0.1;  ///< slope of leaky-relu on the negative side
};

}  // namespace flatgrid::network
