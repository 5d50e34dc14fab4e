// SPDX-License-Identifier: MIT
/// What the user chooses about training; section [training] of a configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "flatgrid/base/choice.hpp"

namespace flatgrid {

/// The floating-point type of the training.
struct Precision {
  std::string_view name;

  static std::span<const Precision> table();
};

struct TrainingSettings {
  std::int64_t steps = 100000;          ///< most gradient steps
  std::optional<double> learning_rate;  ///< empty = auto, from the stability threshold
  double stability_fraction = 0.5;      ///< automatic step size in units of 2 / lambda_max
  double initial_scale = 0.05;  ///< size of a neuron's weights relative to 1/sqrt(d), 1/sqrt(m)
  double lazy_scale = 4.0;      ///< the same for the algorithm `lazy`
  std::int64_t batch = 32;      ///< samples in a minibatch
  double momentum = 0.9;        ///< heavy-ball coefficient
  double label_noise = 0.1;     ///< delta of label-noise-sgd, in units of y
  double sam_radius = 0.05;     ///< rho of sharpness-aware minimization
  double handover_loss = 1e-4;  ///< relative squared residual at which the polish takes over
  double interpolation_tolerance = 1e-16;  ///< relative squared residual of an interpolator
  Choice<Precision> precision = "double";
};

}  // namespace flatgrid
