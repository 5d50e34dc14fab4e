// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/apportionment.hpp"

#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("the apportionment of neurons to shares is the best by exhaustive search") {
  VectorD shares(3);
  shares << 5, -2.2, 0.3;
  const int degree = 2;
  const double p = 4.0 / 3;
  for (Index width = 3; width <= 12; ++width) {
    const std::vector<Index> copies = apportioned(shares, width, degree);
    REQUIRE(copies.size() == 3);
    CHECK(std::accumulate(copies.begin(), copies.end(), Index{0}) == width);
    const auto flatness = [&](Index a, Index b, Index c) {
      const double counts[] = {static_cast<double>(a), static_cast<double>(b),
                               static_cast<double>(c)};
      double sum = 0;
      for (Index j = 0; j < 3; ++j)
        sum += std::pow(counts[j], 1 - p) * std::pow(std::abs(shares(j)), p);
      return sum;
    };
    double least = 1e300;
    for (Index a = 1; a <= width - 2; ++a)
      for (Index b = 1; a + b <= width - 1; ++b)
        least = std::min(least, flatness(a, b, width - a - b));
    CHECK(flatness(copies[0], copies[1], copies[2]) == Approx(least).epsilon(1e-14));
  }
  // With fewer neurons than shares, the largest shares get one neuron each.
  CHECK(apportioned(shares, 2, degree) == std::vector<Index>{1, 1});
}

TEST_CASE("close directions of the same sign are replaced by their mean direction") {
  Measure measure{MatrixD(2, 4), VectorD(4)};
  const double angles[] = {0, 0.04, 0.02, 1.5};
  for (Index j = 0; j < 4; ++j)
    measure.directions.col(j) << std::cos(angles[j]), std::sin(angles[j]);
  measure.shares << 1, 3, -0.5, 2;
  const Measure one = joined(measure, 0.1);
  REQUIRE(one.shares.size() == 3);
  CHECK(one.shares == (VectorD(3) << 4, 2, -0.5).finished());
  CHECK(std::atan2(one.directions(1, 0), one.directions(0, 0)) == Approx(0.03).epsilon(1e-3));
  CHECK(joined(measure, 0.01).shares == (VectorD(4) << 3, 2, 1, -0.5).finished());
}

TEST_CASE("the network of a measure has the width asked for and the same function") {
  const auto relu3 = network::make_activation({.activation = "relu3"});
  const MatrixD inputs = test::normal_inputs(1, 3, 8);
  const SmoothOracle oracle(*relu3, inputs);
  Measure measure{random_directions(2, 0, 3, 4), VectorD(4)};
  measure.shares << 3, -2, 1, 0.5;
  const network::Network<double> network = network_of(measure, 11, 3, oracle);
  REQUIRE(network.width() == 11);
  const VectorD expected = oracle.features(measure.directions) * measure.shares;
  for (Index i = 0; i < 8; ++i) {
    double output = 0;
    for (Index j = 0; j < 11; ++j)
      output +=
          network.outer(j) * std::pow(std::max(network.inner.row(j).dot(inputs.col(i)), 0.0), 3);
    CHECK(output == Approx(expected(i)).epsilon(1e-12));
  }
}
