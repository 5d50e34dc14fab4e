// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/smooth_oracle.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/flattest/examples.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

std::unique_ptr<network::Activation<double>> activation_of(const std::string& name) {
  return network::make_activation({.activation = name});
}

}  // namespace

TEST_CASE(
    "degree k > 1: the gauge of a direction agrees with its definition and is homogeneous of "
    "degree k") {
  const Index n = 12;
  const MatrixD inputs = test::normal_inputs(1, 3, n);
  const MatrixD w = test::normal_inputs(2, 3, 1);
  double a = 0, b = 0;
  for (Index i = 0; i < n; ++i) {
    const double z = w.col(0).dot(inputs.col(i));
    if (z <= 0) continue;
    a += std::pow(z, 6);  // relu3: sigma = z^3, sigma' = 3 z^2
    b += 9 * std::pow(z, 4) * inputs.col(i).squaredNorm();
  }
  const auto relu3 = activation_of("relu3");
  const SmoothOracle oracle(*relu3, inputs);
  const double gauge = oracle.gauge_values(w)(0);
  CHECK(gauge == Approx(std::pow(a / n, 1.0 / 6) * std::sqrt(b / n)).epsilon(1e-13));
  CHECK(oracle.gauge_values(2 * w)(0) == Approx(8 * gauge).epsilon(1e-13));
}

TEST_CASE("degree k > 1: the gradient of the ratio agrees with finite differences") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  const auto activation = activation_of(name);
  const MatrixD inputs = test::normal_inputs(3, 4, 15);
  const SmoothOracle oracle(*activation, inputs);
  const VectorD l = test::normal_inputs(4, 15, 1);
  const VectorD w = test::normal_inputs(5, 4, 1);
  VectorD gradient(4);
  const double value = oracle.ratio(l, w, &gradient);
  CHECK(value == Approx(std::abs(l.dot(oracle.features(w).col(0)))).epsilon(1e-13));
  CHECK(gradient.dot(w) == Approx(0).margin(1e-12 * value));  // homogeneous of degree 0
  for (Index k = 0; k < 4; ++k) {
    const VectorD step = 1e-6 * VectorD::Unit(4, k);
    const double difference =
        (oracle.ratio(l, w + step, nullptr) - oracle.ratio(l, w - step, nullptr)) / 2e-6;
    // sigma'' of relu2 jumps, so the difference has an error of the order of the step.
    CHECK(gradient(k) == Approx(difference).margin(1e-5 * value));
  }
}

TEST_CASE(
    "degree k > 1: kappa in the plane is the maximum over dense directions, and every local "
    "maximum is found") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  const auto activation = activation_of(name);
  const Index n = 10;
  const Index count = 20000;
  const MatrixD inputs = test::normal_inputs(6, 2, n);
  const SmoothOracle oracle(*activation, inputs);
  MatrixD circle(2, count);
  for (Index k = 0; k < count; ++k) {
    const double angle = 2 * M_PI * static_cast<double>(k) / static_cast<double>(count);
    circle.col(k) << std::cos(angle), std::sin(angle);
  }
  const MatrixD features = oracle.features(circle);
  for (std::int64_t seed = 0; seed < 5; ++seed) {
    CAPTURE(name, seed);
    const VectorD l = test::normal_inputs(seed, n, 1);
    const VectorD dense = (features.transpose() * l).cwiseAbs();
    const SmoothPeaks peaks = oracle.peaks(l, random_directions(seed, 0, 2, 60));
    // The nearest grid direction is within 1.6e-4 of the maximum; its value is lower by the order of the square of this
    // angle, times the curvature.
    CHECK(peaks.greatest() >= dense.maxCoeff() * (1 - 1e-12));
    CHECK(peaks.greatest() <= dense.maxCoeff() * (1 + 1e-4));
    for (Index j = 1; j < peaks.values.size(); ++j) CHECK(peaks.values(j) <= peaks.values(j - 1));
    for (Index k = 0; k < count; ++k) {
      const double here = dense(k);
      if (here < dense((k + 1) % count) || here < dense((k + count - 1) % count)) continue;
      if (here < 0.5 * dense.maxCoeff() || here == dense((k + 1) % count)) continue;
      // Every maximum on the grid is next to a maximum that the oracle found.
      const double nearest = (peaks.directions.transpose() * circle.col(k)).maxCoeff();
      CHECK(nearest > 1 - 1e-5);
    }
  }
}

TEST_CASE("degree k > 1: a direction inactive on all samples has gauge 0 and features 0") {
  const auto relu2 = activation_of("relu2");
  const MatrixD inputs = test::normal_inputs(7, 2, 6).cwiseAbs();
  const SmoothOracle oracle(*relu2, inputs);
  VectorD unseen = VectorD::Constant(2, -1);
  CHECK(oracle.gauge_values(unseen)(0) == 0);
  CHECK(oracle.features(unseen).isZero());
  CHECK(oracle.climb(VectorD::Ones(6), unseen) == 0);
  CHECK(oracle.peaks(VectorD::Ones(6), unseen).values.size() == 0);
}
