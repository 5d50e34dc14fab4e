// SPDX-License-Identifier: MIT
#include "flatgrid/network/symmetry.hpp"

#include <cmath>

#include <catch2/catch.hpp>

#include "flatgrid/network/reference.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::network;

TEST_CASE("rescaling neurons by 1e-6 to 1e6 does not change the function") {
  const auto relu = test::activation("relu");
  const test::Example example(1, 5, 30, 12);
  const VectorD factors = (13.8 * test::normals(2, 12).array().tanh()).exp();
  REQUIRE(factors.maxCoeff() / factors.minCoeff() > 1e6);
  Network<double> moved = example.network;
  rescale(moved, relu->degree(), factors);
  for (Index i = 0; i < 30; ++i) {
    const VectorD x = example.data.inputs.col(i);
    CHECK(reference::output(*relu, moved, x) ==
          Approx(reference::output(*relu, example.network, x)).epsilon(1e-12).margin(1e-13));
  }
}

TEST_CASE("balancing makes the norms of a neuron's two weights equal and keeps dead neurons") {
  test::Example example(3, 4, 5, 6);
  example.network.outer(2) = 0;
  example.network.inner.row(4).setZero();
  const VectorD factors = balancing_factors(example.network, 1);
  CHECK(factors(2) == 1);
  CHECK(factors(4) == 1);
  rescale(example.network, 1, factors);
  for (const Index j : {0, 1, 3, 5}) {
    CHECK(std::abs(example.network.outer(j)) == Approx(example.network.inner.row(j).norm()));
  }
}
