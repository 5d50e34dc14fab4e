/// The laws a learning problem is made of: inputs, links, label noise. Each name that a
/// configuration accepts is listed by one of the `*_names()` functions.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/problem/settings.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid {

/// The law of the inputs x in R^d.
class InputLaw {
 public:
  virtual ~InputLaw() = default;
  /// Draws one input from its own stream into `x` [d].
  virtual void draw(Stream& stream, Eigen::Ref<VectorD> x) const = 0;
};

std::span<const std::string_view> input_law_names();
std::span<const std::string_view> target_names();
std::span<const std::string_view> link_names();
std::span<const std::string_view> direction_names();
std::span<const std::string_view> noise_law_names();

std::unique_ptr<InputLaw> make_input_law(const ProblemSettings& settings);

/// The link g of a single-index model, z -> g(z).
using Link = std::function<double(double)>;
Link make_link(const std::string& name);

/// One draw of the label noise xi: mean 0, variance 1.
double draw_noise(const std::string& noise_law, Stream& stream);

}  // namespace flatgrid
