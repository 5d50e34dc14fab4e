#include "flatgrid/network/activation.hpp"

#include <array>

#include <fmt/format.h>

#include "flatgrid/base/error.hpp"
#include "flatgrid/network/activations/relu.hpp"

namespace flatgrid {

std::span<const std::string_view> activation_names() {
  static constexpr std::array<std::string_view, 1> names = {"relu"};
  return names;
}

template <class Scalar>
std::unique_ptr<Activation<Scalar>> make_activation(const NetworkSettings& settings) {
  const auto make = [](auto law) -> std::unique_ptr<Activation<Scalar>> {
    return std::make_unique<ActivationOf<Scalar, decltype(law)>>(law);
  };
  if (settings.activation == "relu") return make(Relu{});
  throw Error(fmt::format("network.activation: '{}' is not an activation", settings.activation));
}

template std::unique_ptr<Activation<double>> make_activation(const NetworkSettings&);

}  // namespace flatgrid
