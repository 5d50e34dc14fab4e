// SPDX-License-Identifier: MIT
#include "flatgrid/network/activation.hpp"

#include <array>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/network/activations/absolute_value.hpp"
#include "flatgrid/network/activations/leaky_relu.hpp"
#include "flatgrid/network/activations/quadratic.hpp"
#include "flatgrid/network/activations/relu.hpp"
#include "flatgrid/network/activations/relu2.hpp"
#include "flatgrid/network/activations/relu3.hpp"

namespace flatgrid {

std::span<const std::string_view> activation_names() {
  static constexpr std::array<std::string_view, 6> names = {"relu",  "leaky-relu", "abs",
                                                            "relu2", "quadratic",  "relu3"};
  return names;
}

template <class Scalar>
std::unique_ptr<Activation<Scalar>> make_activation(const NetworkSettings& settings) {
  const auto make = [](auto law) -> std::unique_ptr<Activation<Scalar>> {
    return std::make_unique<ActivationOf<Scalar, decltype(law)>>(law);
  };
  if (settings.activation == "relu") return make(Relu{});
  if (settings.activation == "leaky-relu") return make(LeakyRelu{settings.leaky_slope});
  if (settings.activation == "abs") return make(AbsoluteValue{});
  if (settings.activation == "relu2") return make(Relu2{});
  if (settings.activation == "quadratic") return make(Quadratic{});
  if (settings.activation == "relu3") return make(Relu3{});
  throw Error(fmt::format("network.activation: '{}' is not an activation", settings.activation));
}

template std::unique_ptr<Activation<double>> make_activation(const NetworkSettings&);

}  // namespace flatgrid
