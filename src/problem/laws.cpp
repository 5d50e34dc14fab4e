// SPDX-License-Identifier: MIT
#include "flatgrid/problem/laws.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "input_laws.hpp"

namespace flatgrid {

namespace {

struct NamedInputLaw {
  std::string_view name;
  std::unique_ptr<InputLaw> (*make)(const ProblemSettings&);
};
constexpr std::array<NamedInputLaw, 6> k_input_laws = {
    {{"gaussian", gaussian_inputs},
     {"gaussian-powerlaw", gaussian_powerlaw_inputs},
     {"sphere", sphere_inputs},
     {"rademacher", rademacher_inputs},
     {"student-t", student_t_inputs},
     {"mixture", mixture_inputs}}};

constexpr std::array<std::string_view, 5> k_targets = {"sum", "product", "max", "staircase",
                                                       "parity"};
constexpr std::array<std::string_view, 11> k_links = {"relu",  "leaky-relu", "abs",      "relu2",
                                                      "relu3", "hermite2",   "hermite3", "tanh",
                                                      "sin",   "sign",       "identity"};
constexpr std::array<std::string_view, 2> k_directions = {"orthonormal", "random"};
constexpr std::array<std::string_view, 3> k_noise_laws = {"gaussian", "rademacher", "uniform"};

/// The links that are polynomials on either side of 0, as {right, left}.
std::optional<HalfLinePolynomial> link_polynomial(const ProblemSettings& settings) {
  const std::string& name = settings.link;
  if (name == "relu") return HalfLinePolynomial{{0, 1}, {}};
  if (name == "leaky-relu") return HalfLinePolynomial{{0, 1}, {0, -settings.leaky_slope}};
  if (name == "abs") return HalfLinePolynomial{{0, 1}, {0, 1}};
  if (name == "identity") return HalfLinePolynomial{{0, 1}, {0, -1}};
  if (name == "sign") return HalfLinePolynomial{{1}, {-1}};
  if (name == "relu2") return HalfLinePolynomial{{0, 0, 1}, {}};
  if (name == "relu3") return HalfLinePolynomial{{0, 0, 0, 1}, {}};
  if (name == "hermite2") {
    constexpr double c = 1 / std::numbers::sqrt2;
    return HalfLinePolynomial{{-c, 0, c}, {-c, 0, c}};
  }
  if (name == "hermite3") {
    const double c = 1 / std::sqrt(6.0);
    return HalfLinePolynomial{{0, -3 * c, 0, c}, {0, 3 * c, 0, -c}};
  }
  return std::nullopt;
}

}  // namespace

std::span<const std::string_view> input_law_names() {
  static const auto names = [] {
    std::array<std::string_view, k_input_laws.size() + 1> result{};
    std::ranges::transform(k_input_laws, result.begin(), &NamedInputLaw::name);
    result.back() = "file";
    return result;
  }();
  return names;
}

std::span<const std::string_view> target_names() { return k_targets; }
std::span<const std::string_view> link_names() { return k_links; }
std::span<const std::string_view> direction_names() { return k_directions; }
std::span<const std::string_view> noise_law_names() { return k_noise_laws; }

std::unique_ptr<InputLaw> make_input_law(const ProblemSettings& settings) {
  const auto law = std::ranges::find(k_input_laws, settings.inputs, &NamedInputLaw::name);
  if (law != k_input_laws.end()) return law->make(settings);
  throw Error(fmt::format("problem.inputs: '{}' is not a law of inputs", settings.inputs));
}

Link make_link(const ProblemSettings& settings) {
  if (const auto polynomial = link_polynomial(settings)) {
    return {[g = *polynomial](double z) { return value(g, z); }, polynomial};
  }
  if (settings.link == "tanh") return {[](double z) { return std::tanh(z); }, std::nullopt};
  if (settings.link == "sin") return {[](double z) { return std::sin(z); }, std::nullopt};
  throw Error(fmt::format("problem.link: '{}' is not a link", settings.link));
}

double draw_noise(const std::string& noise_law, Stream& stream) {
  if (noise_law == "gaussian") return stream.normal();
  if (noise_law == "rademacher") return stream.sign();
  // Uniform on [-sqrt(3), sqrt(3)] has variance 1.
  if (noise_law == "uniform") return std::sqrt(3.0) * (2.0 * stream.uniform() - 1.0);
  throw Error(fmt::format("problem.noise-law: '{}' is not a noise law", noise_law));
}

}  // namespace flatgrid
