/// The families interpolators come from, and the state they share.
///
/// A method is a small resumable process: a plain state, `start` that fills it, `advance` that
/// moves it by a budget of steps, and `finished`. The pipeline drives it, so that stopping,
/// histories and progress are written once. A new method is one file in `src/method/` and one line
/// in the registry of `method.cpp`.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/method/settings.hpp"
#include "flatgrid/network/activation.hpp"
#include "flatgrid/network/network.hpp"
#include "flatgrid/problem/data_set.hpp"

namespace flatgrid {

/// What a method is given: the learning task of one grid point. References outlive the method.
struct Task {
  const TrainingSettings& training;
  const Activation<double>& activation;
  const IndexModel& target;  ///< f*; only `teacher` may look at it
  const MatrixD& inputs;     ///< X, [d, n]
  const VectorD& labels;     ///< y, [n], with the noise of the grid point
  Index width;               ///< m
  std::int64_t seed;
};

/// Everything a method carries from one step to the next.
struct MethodState {
  Network<double> network;
  Network<double> velocity;     ///< heavy-ball memory, the shape of the network
  VectorD curvature_direction;  ///< [n], warm start of the power iteration for lambda_max
  double learning_rate = 0;
  std::int64_t step = 0;  ///< gradient steps taken
  double loss = 0;        ///< train loss before the last step
  bool finished = false;
  bool diverged = false;
};

struct Method {
  std::string_view name;
  /// Gradient-based: ends with the polish, and costs its steps.
  bool trained;
  /// Puts the state at step 0.
  std::function<void(const Task&, MethodState&)> start;
  /// Takes at most `budget` further steps; sets `finished` or `diverged`.
  std::function<void(const Task&, MethodState&, std::int64_t budget)> advance;
};

/// Names accepted on the axis `method`.
std::span<const std::string_view> method_names();

/// The method of that name. Throws Error for an unknown name.
const Method& find_method(std::string_view name);

}  // namespace flatgrid
