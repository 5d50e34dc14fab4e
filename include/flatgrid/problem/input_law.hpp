// SPDX-License-Identifier: MIT
/// The interface of an input law; `src/problem/inputs/` has one file for each law.
#pragma once

#include <memory>
#include <optional>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::problem {

struct ProblemSettings;

/// The law of the inputs x in R^d: E x = 0 and E ||x||^2 = d, but for `ball` and `gaussian-spiked`.
class InputLaw {
 public:
  virtual ~InputLaw() = default;
  /// Draws one input into `x` [d]. `stream` is used for this input only.
  virtual void draw(random::Stream& stream, Eigen::Ref<VectorD> x) const = 0;
  /// The diagonal [d] of the covariance if x is Gaussian with a diagonal covariance, else empty.
  [[nodiscard]] virtual std::optional<VectorD> gaussian_variances() const { return std::nullopt; }
  /// The radius if x is uniform on a sphere around 0, else empty.
  [[nodiscard]] virtual std::optional<double> sphere_radius() const { return std::nullopt; }
};

}  // namespace flatgrid::problem
