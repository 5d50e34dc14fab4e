// SPDX-License-Identifier: MIT
/// The settings of the network: section [network] of a configuration.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "flatgrid/base/choice.hpp"
#include "flatgrid/base/linear_algebra.hpp"

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

struct NetworkSettings {
  Choice<ActivationKind> activation = "relu";
  double leaky_slope = 0.1;  ///< slope of leaky-relu on the negative side
  /// trained: f(x) = sum_j a_j sigma(w_j . x + b_j). The program appends 1 to the inputs and b_j to w_j.
  Choice<BiasKind> bias = "none";
  double bias_scale = 1;  ///< standard deviation of frozen biases
  Choice<OuterKind> outer = "trained";
  std::int64_t layers = 2;  ///< L: L - 2 linear layers before the neurons
  /// The widths of the linear layers, or one width for all of them; empty = the dimension of the inputs.
  std::vector<std::int64_t> hidden = {};

  /// Whether neurons can be rescaled, (a_j, w_j, b_j) -> (c^-k a_j, c w_j, c b_j): whether all of these are trained.
  [[nodiscard]] bool has_rescaling_symmetry() const { return outer->trained && !bias->frozen; }
  [[nodiscard]] bool has_linear_layers() const { return layers > 2; }
};

/// The widths h_1, ..., h_{L-2} of the linear layers of networks on inputs of dimension d.
std::vector<Index> linear_widths(const NetworkSettings& settings, Index dimension);

/// The number of parameters of a network of width m on inputs of dimension d, with linear layers of the widths `hidden`.
double parameter_count(Index width, Index dimension, std::span<const Index> hidden);

}  // namespace flatgrid::network
