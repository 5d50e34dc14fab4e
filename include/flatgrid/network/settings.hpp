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

/// Which outer weights the network has: trained ones, or +1/m in the first half of the neurons (rounded up) and
/// -1/m in the others, which stay as they are.
struct OuterKind {
  std::string_view name;
  bool trained;

  static std::span<const OuterKind> table();
};

/// The law of the initial inner weights w_j of trained networks, all with E ||w_j||^2 = training.initial-scale^2:
/// independent normals, or uniform on the sphere of radius training.initial-scale.
struct InitializationKind {
  std::string_view name;
  bool spherical;

  static std::span<const InitializationKind> table();
};

struct NetworkSettings {
  Choice<ActivationKind> activation = "relu";
  double leaky_slope = 0.1;  ///< slope of leaky-relu on the negative side
  /// trained: f(x) = sum_j a_j sigma(w_j . x + b_j). The program appends 1 to the inputs and b_j to w_j.
  Choice<BiasKind> bias = "none";
  double bias_scale = 1;  ///< standard deviation of frozen biases
  Choice<OuterKind> outer = "trained";
  Choice<InitializationKind> initialization = "gaussian";

  /// Whether neurons can be rescaled, (a_j, w_j, b_j) -> (c^-k a_j, c w_j, c b_j): whether all of these are trained.
  [[nodiscard]] bool has_rescaling_symmetry() const { return outer->trained && !bias->frozen; }
};

}  // namespace flatgrid::network
