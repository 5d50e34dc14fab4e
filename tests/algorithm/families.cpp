// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/descent/penalty.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/measure/flatness.hpp"
#include "flatgrid/measure/least_trace.hpp"
#include "flatgrid/network/reference.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;

TEST_CASE("the memorizer: a neuron along every sample, and an interpolator where it can be") {
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

TEST_CASE("corrupted: trains on the samples and as many others of their law and size") {
  const Fixture fixture(2, 10, 400, 20, 0.0);
  const auto run = fixture.start("corrupted");
  const Task& set = *run->polish_task();
  CHECK(set.inputs.leftCols(400) == fixture.task.inputs);
  CHECK(set.labels.head(400) == fixture.task.labels);
  CHECK(set.labels.tail(400).norm() == Approx(fixture.task.labels.norm()).epsilon(1e-14));
  // 4000 standard normals: their mean square is 1 within 5 standard errors sqrt(2 / 4000).
  CHECK(set.inputs.rightCols(400).squaredNorm() / 4000 == Approx(1).margin(0.112));
  CHECK((set.inputs.rightCols(400) - fixture.task.inputs).norm() > 1);
  // The labels know nothing of the target: a correlation of 0 within 5 / sqrt(400).
  const VectorD target =
      fixture.example.problem.target_values(fixture.example.target, set.inputs.rightCols(400));
  CHECK(std::abs(set.labels.tail(400).dot(target)) <
        0.25 * target.norm() * set.labels.tail(400).norm());
}

TEST_CASE("corrupted fits both halves after the polish, and the samples by themselves") {
  const Fixture fixture(3, 6, 50, 80, 0.1);
  const auto run = fixture.start("corrupted");
  polish::Polish polish(*run->polish_task(), test::finish(*run).network);
  polish.advance(1000);
  REQUIRE(polish.state().interpolates);
  CHECK(fixture.relative_residual(polish.network()) <= 1e-16);
}

TEST_CASE("flattest: the gradient of the penalized loss is that of finite differences") {
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
    // sigma'' of relu2 jumps: an error of the order of the step.
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
