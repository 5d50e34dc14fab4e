// SPDX-License-Identifier: MIT
/// What a law of the inputs is; `src/problem/inputs/` has one file for each.
#pragma once

#include <memory>
#include <optional>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::problem {

struct ProblemSettings;

/// The law of the inputs x in R^d: E x = 0 and E ||x||^2 = d.
class InputLaw {
 public:
  virtual ~InputLaw() = default;
  /// Draws one input from its own stream into `x` [d].
  virtual void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const = 0;
  /// The diagonal [d] of the covariance if x is Gaussian with a diagonal one, else empty.
  [[nodiscard]] virtual std::optional<VectorD> gaussian_variances() const { return std::nullopt; }
  /// The radius if x is uniform on a sphere around 0, else empty.
  [[nodiscard]] virtual std::optional<double> sphere_radius() const { return std::nullopt; }
};

}  // namespace flatgrid::problem
