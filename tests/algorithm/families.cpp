// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/descent/penalty.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/least_trace.hpp"
#include "flatgrid/network/reference.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;

namespace {

/// The weights w_j that random-features draws for the task.
MatrixD frozen_layer(Fixture& fixture) {
  fixture.training.random_features.flattest = false;
  return fixture.run("random-features").network.inner;
}

network::Network<double> flattest_of_features(Fixture& fixture) {
  fixture.training.random_features.flattest = true;
  return fixture.run("random-features").network;
}

/// sigma(w_j.x_i) [n, m]
MatrixD features_on(const Fixture& fixture, const MatrixD& inner) {
  MatrixD value, derivative;
  const network::Network<double> network{inner, VectorD::Ones(inner.rows())};
  network::activations(*fixture.activation, network, fixture.task.inputs, value, derivative);
  return value.transpose();
}

}  // namespace

TEST_CASE("random-features at its flattest: no n of its neurons fit with a smaller orbit minimum") {
  // One solution of a linear program is a vertex, here a fit with n neurons. The test tries all vertices.
  const std::string activation = GENERATE("relu", "leaky-relu", "abs");
  const Index d = GENERATE(2, 3, 5);
  const std::int64_t seed = GENERATE(1, 2);
  CAPTURE(activation, d, seed);
  const Index n = 4, m = 11;
  Fixture fixture(seed, d, n, m, 0.3, activation);
  const MatrixD inner = frozen_layer(fixture);
  const MatrixD features = features_on(fixture, inner);
  double least = std::numeric_limits<double>::infinity();
  for (Index mask = 0; mask < (Index{1} << m); ++mask) {
    std::vector<Index> chosen;
    for (Index j = 0; j < m; ++j)
      if (((mask >> j) & 1) != 0) chosen.push_back(j);
    if (std::ssize(chosen) != n) continue;
    const MatrixD basis = features(Eigen::all, chosen);
    if (PivotedQr<double>(basis, 1e-10).rank() < n) continue;
    const network::Network<double> network{inner(chosen, Eigen::all),
                                           inverse(basis) * fixture.task.labels};
    least = std::min(least, fixture.orbit_minimum(network));
  }
  REQUIRE(std::isfinite(least));
  const network::Network<double> network = flattest_of_features(fixture);
  CHECK(fixture.relative_residual(network) <= 1e-20);
  CHECK(fixture.orbit_minimum(network) == Approx(least).epsilon(1e-9));
  for (Index j = 0; j < m; ++j) {
    if (network.outer(j) == 0)
      CHECK(network.inner.row(j).isZero(0));
    else
      CHECK(network.inner.row(j) == inner.row(j));
  }
}

TEST_CASE("random-features at its flattest is at most as sharp as the fit of least norm") {
  const std::string activation = GENERATE("relu", "leaky-relu", "abs", "relu2", "relu3");
  CAPTURE(activation);
  for (std::int64_t seed = 1; seed <= 5; ++seed) {
    Fixture fixture(seed, 5, 30, 90, 0.2, activation);
    fixture.training.random_features.flattest = false;
    const network::Network<double> least_norm = fixture.run("random-features").network;
    const network::Network<double> flattest = flattest_of_features(fixture);
    CHECK(fixture.relative_residual(flattest) <= 1e-20);
    CHECK(fixture.orbit_minimum(flattest) < fixture.orbit_minimum(least_norm));
    CHECK((flattest.outer.array() != 0).count() == (fixture.activation->degree() == 1 ? 30 : 90));
  }
}

TEST_CASE("random-features at its flattest of degree 2 and 3 is as flat as the dual bound") {
  // Hoelder's inequality: l.y = sum_j a_j Phi_j.l <= (sum_j g_j |a_j|^p)^{1/p} (sum_j |u_j|^q)^{1/q} for every l,
  // with u_j = g_j^{-1/p} Phi_j.l and 1/p + 1/q = 1. This bounds the orbit minimum of every fit with these neurons.
  const std::string activation = GENERATE("relu2", "relu3", "quadratic");
  const std::int64_t seed = GENERATE(1, 2, 3);
  CAPTURE(activation, seed);
  const Index n = 10, m = 25;  // n < 15, the number of coefficients of a quadratic form
  Fixture fixture(seed, 5, n, m, 0.3, activation);
  const MatrixD inner = frozen_layer(fixture);
  const network::Network<double> network = flattest_of_features(fixture);
  CHECK(fixture.relative_residual(network) <= 1e-20);
  const int k = fixture.activation->degree();
  const double p = 2.0 * k / (k + 1), q = p / (p - 1);
  const VectorD g = measure::orbit_contributions(
      measure::neuron_traces(*fixture.activation, {inner, VectorD::Ones(m)}, fixture.task.inputs),
      k);
  // The multipliers at the minimum satisfy Phi_j.l = g_j p |a_j|^{p-1} sign(a_j).
  VectorD gradient(m);
  for (Index j = 0; j < m; ++j) {
    const double a = network.outer(j);
    gradient(j) = g(j) * p * std::copysign(std::pow(std::abs(a), p - 1), a);
  }
  const MatrixD rows = features_on(fixture, inner).transpose();  // Phi'
  const VectorD l = LeastSquares(rows).solve(gradient);
  const VectorD u = (rows * l).cwiseQuotient(g.array().pow(1 / p).matrix());
  const double bound =
      std::pow(l.dot(fixture.task.labels), p) / std::pow(u.cwiseAbs().array().pow(q).sum(), p - 1);
  // The largest relative difference seen is 1.7e-10, with clang.
  CHECK(fixture.orbit_minimum(network) <= bound * (1 + 1e-9));
  CHECK(fixture.orbit_minimum(network) >= bound * (1 - 1e-9));
}

TEST_CASE("random-features at its flattest: dependent samples, zeros, and labels that do not fit") {
  Fixture fixture(7, 3, 12, 60, 0.3);
  // One sample occurs twice, three samples lie on one ray, one is zero.
  fixture.example.data.inputs.col(1) = fixture.example.data.inputs.col(0);
  fixture.example.data.inputs.col(3) = 2 * fixture.example.data.inputs.col(2);
  fixture.example.data.inputs.col(4) = 0.3 * fixture.example.data.inputs.col(2);
  fixture.example.data.inputs.col(5).setZero();
  VectorD& labels = fixture.example.labels;
  labels(1) = labels(0);
  labels(3) = 2 * labels(2);
  labels(4) = 0.3 * labels(2);
  labels(5) = 0;
  const network::Network<double> network = flattest_of_features(fixture);
  CHECK(fixture.relative_residual(network) <= 1e-20);
  fixture.training.random_features.flattest = false;
  CHECK(fixture.orbit_minimum(network) <
        fixture.orbit_minimum(fixture.run("random-features").network));
  labels(1) = labels(0) + 1;
  const network::Network<double> least_squares = fixture.run("random-features").network;
  CHECK(fixture.relative_residual(least_squares) > 1e-4);
  CHECK(test::distance(flattest_of_features(fixture), least_squares) == 0);
  labels.setZero();
  CHECK(flattest_of_features(fixture).outer.isZero(0));
}

TEST_CASE(
    "the memorizer has a neuron along every sample, and interpolates where that is possible") {
  for (const char* activation : {"relu", "leaky-relu", "abs", "relu2", "relu3"}) {
    CAPTURE(activation);
    const Fixture fixture(1, 6, 40, 45, 0.5, activation);
    const network::Network<double> network = fixture.run("memorizer").network;
    CHECK(fixture.relative_residual(network) < 1e-20);
    for (Index i = 0; i < 40; ++i) {
      const VectorD x = fixture.task.inputs.col(i);
      CHECK(network.inner.row(i).dot(x) == Approx(x.norm()).epsilon(1e-14));
      CHECK(network.inner.row(i).norm() == Approx(1).epsilon(1e-14));
    }
    CHECK(network.inner.bottomRows(5).isZero());
  }
  // Quadratic forms in 6 variables have 21 coefficients: 40 labels are too many.
  const Fixture quadratic(1, 6, 40, 45, 0.5, "quadratic");
  CHECK(quadratic.relative_residual(quadratic.run("memorizer").network) > 1e-3);
}

TEST_CASE(
    "corrupted trains on the samples and as many corrupted samples of the same law and size") {
  const Fixture fixture(2, 10, 400, 20, 0.0);
  const auto run = fixture.start("corrupted");
  const Task& set = *run->polish_task();
  CHECK(set.inputs.leftCols(400) == fixture.task.inputs);
  CHECK(set.labels.head(400) == fixture.task.labels);
  CHECK(set.labels.tail(400).norm() == Approx(fixture.task.labels.norm()).epsilon(1e-14));
  // The mean square of 4000 standard normals is 1 within 5 standard errors sqrt(2 / 4000).
  CHECK(set.inputs.rightCols(400).squaredNorm() / 4000 == Approx(1).margin(0.112));
  CHECK((set.inputs.rightCols(400) - fixture.task.inputs).norm() > 1);
  // The labels are independent of the target: their correlation is 0 within 5 / sqrt(400).
  const VectorD target =
      fixture.example.problem.target_values(fixture.example.target, set.inputs.rightCols(400));
  CHECK(std::abs(set.labels.tail(400).dot(target)) <
        0.25 * target.norm() * set.labels.tail(400).norm());
}

TEST_CASE(
    "after the polish, corrupted fits the samples alone and together with the corrupted ones") {
  const Fixture fixture(3, 6, 50, 80, 0.1);
  const auto run = fixture.start("corrupted");
  polish::Polish polish(*run->polish_task(), test::finish(*run).network);
  polish.advance(1000);
  REQUIRE(polish.state().interpolates);
  CHECK(fixture.relative_residual(polish.network()) <= 1e-16);
}

TEST_CASE("flattest: the gradient of the penalized loss agrees with finite differences") {
  for (const char* activation : {"relu2", "quadratic", "relu3"}) {
    const Fixture fixture(4, 4, 25, 5, 0.3, activation);
    network::Network<double> network = fixture.example.network;
    network::Workspace<double> workspace(5);
    auto gradient = network::Network<double>::zero(5, 4);
    auto unused = gradient;
    const double penalty = 0.3;
    descent::penalized_loss_and_gradient(fixture.task, network, penalty, workspace, gradient);
    const auto central_difference = [&](double& parameter) {
      const double step = 1e-5;
      const double saved = parameter;
      parameter = saved + step;
      const double above =
          descent::penalized_loss_and_gradient(fixture.task, network, penalty, workspace, unused);
      parameter = saved - step;
      const double below =
          descent::penalized_loss_and_gradient(fixture.task, network, penalty, workspace, unused);
      parameter = saved;
      return (above - below) / (2 * step);
    };
    // sigma'' of relu2 jumps, so the difference has an error of the order of the step.
    const double scale = gradient.inner.norm() + gradient.outer.norm();
    for (Index j = 0; j < 5; ++j) {
      CAPTURE(activation, j);
      CHECK(gradient.outer(j) == Approx(central_difference(network.outer(j))).margin(1e-4 * scale));
      for (Index k = 0; k < 4; ++k) {
        CHECK(gradient.inner(j, k) ==
              Approx(central_difference(network.inner(j, k))).margin(1e-4 * scale));
      }
    }
  }
}

TEST_CASE("flattest: the penalty is the trace") {
  for (const char* activation : {"relu2", "quadratic", "relu3"}) {
    CAPTURE(activation);
    const Fixture fixture(5, 4, 25, 5, 0.3, activation);
    const network::Network<double>& network = fixture.example.network;
    network::Workspace<double> workspace(5);
    auto gradient = network::Network<double>::zero(5, 4);
    const double penalized =
        descent::penalized_loss_and_gradient(fixture.task, network, 0.7, workspace, gradient);
    const double loss = network::reference::train_loss(*fixture.activation, network,
                                                       fixture.task.inputs, fixture.task.labels);
    const auto traces = measure::neuron_traces(*fixture.activation, network, fixture.task.inputs);
    CHECK(penalized == Approx(loss + 0.7 * measure::flatness_trace(traces)).epsilon(1e-13));
  }
}

TEST_CASE("flattest ends at the least trace of the orbit, with the same function") {
  for (const char* activation : {"relu2", "quadratic", "relu3"}) {
    CAPTURE(activation);
    const Fixture fixture(6, 4, 25, 5, 0.3, activation);
    network::Network<double> network = fixture.example.network;
    measure::to_least_trace(fixture.task.activation, fixture.task.inputs, network);
    const auto traces = measure::neuron_traces(*fixture.activation, network, fixture.task.inputs);
    CHECK(measure::flatness_trace(traces) ==
          Approx(measure::flatness_orbit_min(traces, fixture.activation->degree())).epsilon(1e-13));
    for (Index i = 0; i < 25; ++i) {
      const VectorD x = fixture.task.inputs.col(i);
      CHECK(network::reference::output(*fixture.activation, network, x) ==
            Approx(network::reference::output(*fixture.activation, fixture.example.network, x)));
    }
  }
}
