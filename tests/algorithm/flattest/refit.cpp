// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/refit.hpp"

#include <Eigen/Geometry>
#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("a neuron orthogonal to samples keeps its gauge in double precision") {
  const Index n = 12;
  const MatrixD inputs = test::normal_inputs(1, 3, n);
  const double slope = GENERATE(0.0, 0.1);
  // w is orthogonal to samples 2 and 7; v is on no border.
  const Eigen::Vector3d a = inputs.col(2), b = inputs.col(7);
  VectorD w = a.cross(b).normalized();
  const VectorD v = test::normal_inputs(2, 3, 1).normalized();
  VectorD labels(n);
  for (Index i = 0; i < n; ++i)
    labels(i) = 2 * (i == 2 || i == 7 ? 0 : test::sigma(w.dot(inputs.col(i)), slope)) -
                test::sigma(v.dot(inputs.col(i)), slope);
  const Reduction reduction = reduce(inputs, labels, slope, slope * slope);
  Pool neurons;
  const MatrixD reduced = inverse(reduction.basis);
  const VectorD w_reduced = (reduced * w).normalized(), v_reduced = (reduced * v).normalized();
  append(neurons, {{0, w_reduced, side_of(reduction.samples, w_reduced)},
                   {0, v_reduced, side_of(reduction.samples, v_reduced)}});
  const double first = 2 * test::gauge_value(inputs, w, slope, slope * slope);
  const double second = test::gauge_value(inputs, v, slope, slope * slope);
  VectorD coefficients(2);
  coefficients << first, -second;
  coefficients /= reduction.cost_unit;
  const RefittedNetwork result =
      refit(inputs, labels, reduction, neurons, coefficients, slope, GaugeKind::flatness);
  CHECK(result.cost == Approx(first + second).epsilon(1e-12));
  CHECK(result.residual < 1e-24);
  CHECK(result.neurons_on_faces == 1);
  for (const Index i : {2, 7}) {
    const double z = result.network.inner.row(0).dot(inputs.col(i));
    CHECK(z < 0);
    CHECK(z > -2e-13 * result.network.inner.row(0).norm() * inputs.col(i).norm());
  }
}
