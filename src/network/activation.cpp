// SPDX-License-Identifier: MIT
#include "flatgrid/network/activation.hpp"

#include <array>

#include "flatgrid/network/activations/absolute_value.hpp"
#include "flatgrid/network/activations/leaky_relu.hpp"
#include "flatgrid/network/activations/quadratic.hpp"
#include "flatgrid/network/activations/relu.hpp"
#include "flatgrid/network/activations/relu2.hpp"
#include "flatgrid/network/activations/relu3.hpp"

namespace flatgrid::network {

namespace {

template <class Law>
std::unique_ptr<Activation<double>> of_law(double /*leaky_slope*/) {
  return std::make_unique<ActivationOf<double, Law>>(Law{});
}

std::unique_ptr<Activation<double>> of_leaky_relu(double leaky_slope) {
  return std::make_unique<ActivationOf<double, LeakyRelu>>(LeakyRelu{leaky_slope});
}

}  // namespace

std::span<const ActivationKind> ActivationKind::table() {
  static constexpr std::array<ActivationKind, 6> k_table = {{{"relu", of_law<Relu>},
                                                             {"leaky-relu", of_leaky_relu},
                                                             {"abs", of_law<AbsoluteValue>},
                                                             {"relu2", of_law<Relu2>},
                                                             {"quadratic", of_law<Quadratic>},
                                                             {"relu3", of_law<Relu3>}}};
  return k_table;
}

std::span<const BiasKind> BiasKind::table() {
  static constexpr std::array<BiasKind, 3> k_table = {
      {{"none", false, false}, {"trained", true, false}, {"frozen", true, true}}};
  return k_table;
}

std::span<const OuterKind> OuterKind::table() {
  static constexpr std::array<OuterKind, 2> k_table = {{{"trained", true}, {"signs", false}}};
  return k_table;
}

std::vector<Index> linear_widths(const NetworkSettings& settings, Index dimension) {
  const auto count = static_cast<std::size_t>(settings.layers - 2);
  if (settings.hidden.empty()) return std::vector<Index>(count, dimension);
  if (settings.hidden.size() == 1) return std::vector<Index>(count, settings.hidden.front());
  return {settings.hidden.begin(), settings.hidden.end()};
}

double parameter_count(Index width, Index dimension, std::span<const Index> hidden) {
  double parameters = 0;
  auto columns = static_cast<double>(dimension);
  for (const Index layer : hidden) {
    parameters += static_cast<double>(layer) * columns;
    columns = static_cast<double>(layer);
  }
  return parameters + static_cast<double>(width) * (columns + 1);
}

std::unique_ptr<Activation<double>> make_activation(const NetworkSettings& settings) {
  return settings.activation->make(settings.leaky_slope);
}

}  // namespace flatgrid::network
