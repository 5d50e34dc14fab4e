// SPDX-License-Identifier: MIT
/// A check of the gradient of the population loss.
#pragma once

#include <catch2/catch.hpp>

#include "flatgrid/measure/population_loss.hpp"
#include "support.hpp"

namespace flatgrid::test {

/// Compares the gradient at a network of five neurons in `columns` dimensions with a central difference along a random
/// direction, and the value with that of the call without gradient.
inline void check_gradient(const measure::PopulationLoss& loss, Index columns) {
  const auto network = descent::gaussian_network(2, 5, columns, 1.0);
  const auto direction = descent::gaussian_network(3, 5, columns, 1.0);
  auto gradient = network;
  auto unused = network;
  const double value = loss.with_gradient(network, gradient);
  CHECK(value == Approx(loss(network).value).epsilon(1e-12));
  const double h = 1e-5;
  const auto shifted = [&](double t) {
    return loss.with_gradient(
        {network.inner + t * direction.inner, network.outer + t * direction.outer}, unused);
  };
  const double slope = (shifted(h) - shifted(-h)) / (2 * h);
  const double inner = gradient.inner.cwiseProduct(direction.inner).sum();
  CHECK(inner + gradient.outer.dot(direction.outer) ==
        Approx(slope).epsilon(1e-6).margin(1e-7 * value));
}

}  // namespace flatgrid::test
