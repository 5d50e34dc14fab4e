// SPDX-License-Identifier: MIT
/// The settings of training: sections [training] and [flattest] of a configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "flatgrid/base/choice.hpp"

namespace flatgrid::algorithm {

/// The floating-point type of the gradients of descent methods. The parameters, the polish and the
/// measures are in double; so are gradient-flow, flattest and steps of one sample, which are
/// memory-bound.
struct Precision {
  std::string_view name;

  static std::span<const Precision> table();
};

/// How minibatches are chosen.
struct BatchRule {
  std::string_view name;
  bool with_replacement;  ///< every batch is drawn anew, and may have a sample twice
  bool keeps_rest;        ///< n mod B samples are a smaller batch at the end of an epoch

  static std::span<const BatchRule> table();
};

/// The law of the initial weights, s = training.initial-scale.
struct Initialization {
  std::string_view name;
  bool is_uniform;    ///< uniform on [-s / sqrt(fan-in), s / sqrt(fan-in)]; else normal
  bool is_spherical;  ///< the w_j uniform on the sphere of radius s

  static std::span<const Initialization> table();
};

/// The limits of the search `flattest`: section [flattest] of a configuration.
struct FlattestSettings {
  double tolerance = 1e-6;    ///< orbit minimum / lower bound - 1 at which it stops
  std::int64_t rounds = 400;  ///< largest number of rounds
  std::int64_t starts = 80;   ///< climbs per round if there are too many faces to visit
};

/// Which fit `random-features` takes; section [random-features] of a configuration.
struct RandomFeaturesSettings {
  bool flattest = false;  ///< that of least orbit minimum, not that of least norm
};

/// What the search `worst` is asked for; section [worst] of a configuration.
struct WorstSettings {
  double ratio = 2;  ///< orbit minimum of what counts, at most, in units of the least
};

/// When the outer layer of `single-index` begins to move; section [single-index] of a configuration.
struct SingleIndexSettings {
  std::int64_t outer_start = 500;  ///< first step that changes the outer weights
};

struct TrainingSettings {
  std::int64_t steps = 100000;          ///< largest number of gradient steps
  std::optional<double> learning_rate;  ///< empty = auto, from the stability threshold
  double stability_fraction = 0.5;      ///< automatic step size in units of 2 / lambda_max
  double initial_scale = 0.05;   ///< size of a neuron's weights relative to 1/sqrt(d), 1/sqrt(m)
  double lazy_scale = 4.0;       ///< the same for the algorithm `lazy`
  std::int64_t batch = 32;       ///< samples in a minibatch
  double momentum = 0;           ///< heavy-ball coefficient
  double label_noise = 0.1;      ///< delta of label-noise-sgd, in units of y
  double sam_radius = 0.05;      ///< rho of sharpness-aware minimization
  double temperature = 1e-4;     ///< tau of mean-field-langevin
  double flow_tolerance = 1e-3;  ///< relative error of a step of gradient-flow
  double handover_loss = 1e-8;   ///< relative squared residual at which training ends
  bool polish = true;            ///< whether trained networks are polished
  double interpolation_tolerance = 1e-16;  ///< relative squared residual of an interpolator
  RandomFeaturesSettings random_features{};
  FlattestSettings flattest{};
  WorstSettings worst{};
  Choice<Precision> precision = "double";
  Choice<BatchRule> batches = "epochs";
  SingleIndexSettings single_index{};
  /// Penalties lambda of the ridge fits of the outer layer of `single-index`.
  std::vector<double> ridge{1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1};
  Choice<Initialization> initialization = "gaussian";
  std::optional<double> weight_decay{};  ///< lambda; empty = auto: 0, for mean-field-langevin 1e-3
};

}  // namespace flatgrid::algorithm
