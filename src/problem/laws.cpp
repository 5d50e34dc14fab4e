#include "flatgrid/problem/laws.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"

namespace flatgrid {

namespace {

constexpr std::array<std::string_view, 1> k_input_laws = {"gaussian"};
constexpr std::array<std::string_view, 1> k_targets = {"sum"};
constexpr std::array<std::string_view, 1> k_links = {"relu"};
constexpr std::array<std::string_view, 2> k_directions = {"orthonormal", "random"};
constexpr std::array<std::string_view, 3> k_noise_laws = {"gaussian", "rademacher", "uniform"};

/// Isotropic: x ~ N(0, I_d).
class GaussianInputs final : public InputLaw {
 public:
  void draw(Stream& stream, Eigen::Ref<VectorD> x) const override { fill_normal(stream, x); }
};

}  // namespace

std::span<const std::string_view> input_law_names() { return k_input_laws; }
std::span<const std::string_view> target_names() { return k_targets; }
std::span<const std::string_view> link_names() { return k_links; }
std::span<const std::string_view> direction_names() { return k_directions; }
std::span<const std::string_view> noise_law_names() { return k_noise_laws; }

std::unique_ptr<InputLaw> make_input_law(const ProblemSettings& settings) {
  if (settings.inputs == "gaussian") return std::make_unique<GaussianInputs>();
  throw Error(fmt::format("problem.inputs: '{}' is not a law of inputs", settings.inputs));
}

Link make_link(const std::string& name) {
  if (name == "relu") return [](double z) { return z > 0 ? z : 0.0; };
  throw Error(fmt::format("problem.link: '{}' is not a link", name));
}

double draw_noise(const std::string& noise_law, Stream& stream) {
  if (noise_law == "gaussian") return stream.normal();
  if (noise_law == "rademacher") return stream.sign();
  // Uniform on [-sqrt(3), sqrt(3)] has variance 1.
  if (noise_law == "uniform") return std::sqrt(3.0) * (2.0 * stream.uniform() - 1.0);
  throw Error(fmt::format("problem.noise-law: '{}' is not a noise law", noise_law));
}

}  // namespace flatgrid
