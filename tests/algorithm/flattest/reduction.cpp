// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/reduction.hpp"

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"
#include "flatgrid/base/decompositions.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("reduced samples have the same gauge and products as the data") {
  // Samples in a three-dimensional subspace of R^4: one is zero, three are on one ray, two are opposite.
  MatrixD inputs = MatrixD::Zero(4, 9);
  inputs.topRows(3) = test::normal_inputs(1, 3, 9);
  inputs.col(2).setZero();
  inputs.col(4) = 2.5 * inputs.col(1);
  inputs.col(7) = 0.1 * inputs.col(1);
  inputs.col(8) = -3 * inputs.col(0);
  const MatrixD rotation = orthonormalized(test::normal_inputs(2, 4, 4));
  inputs = rotation * inputs;
  const double slope = GENERATE(0.0, 0.1, -1.0);
  VectorD labels(9);
  const VectorD u = test::normal_inputs(3, 4, 1);
  for (Index i = 0; i < 9; ++i) labels(i) = test::sigma(u.dot(inputs.col(i)), slope);
  const Reduction reduction = reduce(inputs, labels, slope, 0);
  CHECK(reduction.obstacle.empty());
  CHECK(reduction.samples.dimension() == 3);
  CHECK(reduction.samples.size() == (slope == -1 ? 5 : 6));
  const VectorD l = test::normal_inputs(4, 9, 1);
  const VectorD reduced = reduction.reduced(l);
  for (std::int64_t seed = 0; seed < 5; ++seed) {
    const VectorD w = test::normal_inputs(10 + seed, 3, 1);
    const VectorD full = reduction.basis * w;
    // l.sigma(X w)
    double product = 0, other = 0;
    for (Index k = 0; k < 9; ++k) product += l(k) * test::sigma(full.dot(inputs.col(k)), slope);
    const MatrixD& x = reduction.samples.inputs;
    for (Index i = 0; i < x.cols(); ++i) other += reduced(i) * test::sigma(w.dot(x.col(i)), slope);
    CHECK(other == Approx(product).epsilon(1e-12));
    // The gauge c ||D X w|| from the norms of the reduction.
    double squares = 0, values = 0;
    for (Index i = 0; i < x.cols(); ++i) {
      const double z = w.dot(x.col(i));
      squares += reduction.samples.squared_norms(i) * (z > 0 ? 1 : slope * slope);
      values += std::pow(test::sigma(z, slope), 2);
    }
    CHECK(2.0 / 9 * std::sqrt(squares * values) * reduction.input_unit ==
          Approx(test::gauge_value(inputs, full, slope, 0)).epsilon(1e-12));
  }
  // Expansion followed by reduction returns the same multipliers.
  const VectorD again = reduction.reduced(reduction.expanded(reduced));
  CHECK((again - reduced).norm() < 1e-13 * reduced.norm());
}

TEST_CASE("linearly dependent rows are not imposed") {
  // The samples lie on both rays of three lines in the plane: five labels determine the sixth.
  MatrixD inputs(2, 6);
  inputs << 1, 0, 1, -1, 0, -1,  //
      0, 1, 1, 0, -1, -1;
  VectorD labels(6);
  labels << 1, 2, 3, 0, 0, 0;  // relu(u.x), u = (1, 2)
  const Reduction reduction = reduce(inputs, labels, 0, 0);
  CHECK(reduction.obstacle.empty());
  CHECK(reduction.imposed.size() == 5);
  labels(2) = 4;
  CHECK_FALSE(reduce(inputs, labels, 0, 0).obstacle.empty());
  CHECK(reduce(inputs, labels, -1, 1).samples.size() == 3);  // abs: opposite rays count once
}
