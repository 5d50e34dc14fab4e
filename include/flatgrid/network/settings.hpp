// SPDX-License-Identifier: MIT
/// The settings of the network: section [network] of a configuration.
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

/// What the neurons have as biases.
struct BiasKind {
  std::string_view name;
  bool exists;
  bool frozen;  ///< drawn once and never trained

  static std::span<const BiasKind> table();
};

struct NetworkSettings {
  Choice<ActivationKind> activation = "relu";
  double leaky_slope = 0.1;  ///< slope of leaky-relu on the negative side
  /// trained: f(x) = sum_j a_j sigma(w_j . x + b_j). The program appends 1 to the inputs and b_j to w_j.
  Choice<BiasKind> bias = "none";
  double bias_scale = 1;  ///< standard deviation of frozen biases
};

}  // namespace flatgrid::network
