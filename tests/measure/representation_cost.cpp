// SPDX-License-Identifier: MIT
#include "flatgrid/measure/representation_cost.hpp"

#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "flatgrid/measure/norms.hpp"
#include "flatgrid/network/linear_layers.hpp"
#include "orbit_search.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::measure;

TEST_CASE("the representation cost of two layers is twice the path norm") {
  const auto network = test::layered_network(2, 7, 4, {});
  CHECK(representation_cost(network) == Approx(2 * path_norm(network)).epsilon(1e-13));
}

TEST_CASE("the representation cost of one neuron is L (|a| ||w||)^{2/L}") {
  for (const std::size_t layers : {3U, 4U, 5U}) {
    const std::vector<Index> hidden(layers - 2, 3);
    const auto network = test::layered_network(2, 1, 3, hidden);
    const auto l = static_cast<double>(layers);
    CHECK(representation_cost(network) ==
          Approx(l * std::pow(path_norm(network::two_layer_form(network)), 2 / l)));
  }
}

TEST_CASE("BFGS over the group ends at the representation cost, never below") {
  for (const std::vector<Index>& hidden :
       std::vector<std::vector<Index>>{{2}, {3}, {2, 2}, {2, 2, 2}}) {
    const auto network = test::layered_network(8, 5, 3, hidden);
    const double cost = representation_cost(network);
    for (const std::int64_t seed : {41, 42}) {
      const double searched = test::searched_minimum(
          [&](const VectorD& at) { return std::pow(parameter_norm(test::moved(network, at)), 2); },
          test::random_coordinates(network, seed, 0.3));
      CHECK(searched >= cost * (1 - 1e-12));
      CHECK(searched <= cost * (1 + 1e-8));
    }
    const auto moved = test::moved(network, test::random_coordinates(network, 50, 0.5));
    CHECK(representation_cost(moved) == Approx(cost).epsilon(1e-11));
  }
}

TEST_CASE("neurons that are 0 cost nothing") {
  auto network = test::layered_network(8, 5, 3, {2});
  network.outer(1) = 0;
  network.inner.row(3).setZero();
  auto without = network;
  const std::vector<Index> kept = {0, 2, 4};
  without.inner = network.inner(kept, Eigen::all).eval();
  without.outer = network.outer(kept).eval();
  CHECK(representation_cost(network) == Approx(representation_cost(without)).epsilon(1e-13));
  CHECK(representation_cost(network::Network<double>::zero(5, 3, std::vector<Index>{2})) == 0);
}
