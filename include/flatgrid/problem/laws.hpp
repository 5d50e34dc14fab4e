// SPDX-License-Identifier: MIT
/// The laws a learning problem is made of: inputs, links, label noise. Each name that a
/// configuration accepts is listed by one of the `*_names()` functions.
///
/// An input law is one file in `src/problem/inputs/` and one line in the registry of `laws.cpp`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/network/half_line_polynomial.hpp"
#include "flatgrid/problem/settings.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

/// The law of the inputs x in R^d: E x = 0 and E ||x||^2 = d.
class InputLaw {
 public:
  virtual ~InputLaw() = default;
  /// Draws one input from its own stream into `x` [d].
  virtual void draw(Stream& stream, Eigen::Ref<VectorD> x) const = 0;
  /// The diagonal [d] of the covariance if x is Gaussian with a diagonal one, else empty.
  [[nodiscard]] virtual std::optional<VectorD> gaussian_variances() const { return std::nullopt; }
  /// The radius if x is uniform on a sphere around 0, else empty.
  [[nodiscard]] virtual std::optional<double> sphere_radius() const { return std::nullopt; }
};

std::span<const std::string_view> input_law_names();
std::span<const std::string_view> target_names();
std::span<const std::string_view> link_names();
std::span<const std::string_view> direction_names();
std::span<const std::string_view> noise_law_names();

/// Throws Error for an unknown name, and for `file`: a data set is not drawn from a law.
std::unique_ptr<InputLaw> make_input_law(const ProblemSettings& settings);

/// The link g of a single-index model, z -> g(z).
///
/// relu, leaky-relu, abs, relu2 = relu(z)^2, relu3 = relu(z)^3, tanh, sin, identity, sign with
/// sign(0) = 0, and the Hermite polynomials normalized to E g(z)^2 = 1 for standard normal z:
/// hermite2 = (z^2 - 1) / sqrt 2, hermite3 = (z^3 - 3 z) / sqrt 6.
struct Link {
  std::function<double(double)> value;
  std::optional<HalfLinePolynomial> polynomial;  ///< all but tanh and sin have one
};

/// Throws Error for an unknown name.
Link make_link(const ProblemSettings& settings);

/// One draw of the label noise xi: mean 0, variance 1.
double draw_noise(const std::string& noise_law, Stream& stream);

}  // namespace flatgrid
