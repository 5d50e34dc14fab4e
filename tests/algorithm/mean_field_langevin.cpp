// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/descent/initialization.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;
using test::distance;

TEST_CASE("mean-field-langevin without noise and decay begins with the steps of descent") {
  Fixture fixture(1, 5, 60, 40, 0.2);
  fixture.training.momentum = 0;
  fixture.training.temperature = 0;
  fixture.training.weight_decay = 0;
  fixture.training.steps = 100;
  const auto noisy = fixture.start("mean-field-langevin");
  const auto plain = fixture.start("gradient-descent");
  noisy->advance(60);
  plain->advance(60);
  CHECK(noisy->network()->inner == plain->network()->inner);
  CHECK(noisy->network()->outer == plain->network()->outer);
}

TEST_CASE(
    "a step of mean-field-langevin consists of gradient, decay, and noise of variance 2 eta T") {
  // Of degree 1 and of degree 2, whose mean-field decay is m^{-1/3} of the key's.
  for (const std::string name : {"relu", "relu2"}) {
    CAPTURE(name);
    constexpr double k_rate = 0.01;
    constexpr Index k_width = 500;
    Fixture fixture(2, 19, 30, k_width, 0.2, name);
    fixture.training.learning_rate = k_rate;
    fixture.training.initial_scale = 1;
    fixture.training.weight_decay = 0.5;
    fixture.training.temperature = 0.1;
    const network::Network<double> before = descent::gaussian_network(2, k_width, 19, 1);
    const auto run = fixture.start("mean-field-langevin");
    run->advance(1);
    network::Workspace<double> workspace(k_width);
    auto gradient = network::Network<double>::zero(k_width, 19);
    network::loss_and_gradient(*fixture.activation, before, fixture.task.inputs,
                               fixture.task.labels, workspace, gradient);
    const double decay = 0.5 * (name == "relu" ? 1.0 : std::pow(500.0, -1.0 / 3));
    const MatrixD noise =
        run->network()->inner - before.inner + k_rate * (gradient.inner + decay * before.inner);
    // 9500 normals of variance v: their mean square is v within five standard errors
    // sqrt(2 / 9500), their mean 0 within 5 / sqrt(9500).
    const double variance = 2 * k_rate * 0.1 / k_width;
    CHECK(noise.squaredNorm() / 9500 == Approx(variance).epsilon(5 * std::sqrt(2.0 / 9500)));
    CHECK(std::abs(noise.mean()) < 5 * std::sqrt(variance / 9500));
  }
}

TEST_CASE("for labels that are all zero the weights reach the equilibrium law") {
  // Inputs and labels 0: an Ornstein-Uhlenbeck process in steps, of stationary variance
  //   2 eta T / (1 - (1 - eta decay)^2) = T / (decay (1 - eta decay / 2)).
  constexpr Index k_width = 200;
  Fixture fixture(3, 9, 20, k_width, 0.0);
  const MatrixD inputs = MatrixD::Zero(9, 20);
  const VectorD labels = VectorD::Zero(20);
  fixture.training.learning_rate = 0.1;
  fixture.training.weight_decay = 2;
  fixture.training.temperature = 0.3;
  fixture.training.steps = 1000;
  const Task nothing{.training = fixture.training,
                     .activation = *fixture.activation,
                     .input_law = nullptr,
                     .inputs = inputs,
                     .labels = labels,
                     .width = k_width,
                     .seed = 3};
  const auto run = start_run(*Choice<Algorithm>("mean-field-langevin"), nothing, fixture.truth);
  run->advance(200);  // e^{-40} of the start is left
  const double variance = 0.3 / k_width / (2 * (1 - 0.1 * 2 / 2));
  const double square = run->network()->inner.squaredNorm() + run->network()->outer.squaredNorm();
  CHECK(square / 2000 == Approx(variance).epsilon(5 * std::sqrt(2.0 / 2000)));
}

TEST_CASE("mean-field-langevin reaches the hand-over loss and interpolates") {
  Fixture fixture(4, 6, 50, 80, 0.1);
  fixture.training.steps = 20000;
  fixture.training.handover_loss = 1e-4;
  const test::Ended ended = fixture.run("mean-field-langevin");
  CHECK_FALSE(ended.diverged);
  CHECK(fixture.relative_residual(ended.network) <= fixture.training.handover_loss);
}

TEST_CASE("mean-field-langevin with outer weights +-1/m: the step of the mean-field network") {
  constexpr double k_rate = 0.01;
  constexpr Index k_width = 501;
  for (const std::string name : {"relu", "relu2"}) {
    CAPTURE(name);
    Fixture fixture(2, 19, 30, k_width, 0.2, name);
    fixture.training.learning_rate = k_rate;
    fixture.training.initial_scale = 2;
    fixture.training.weight_decay = 0.5;
    fixture.training.temperature = 0.1;
    fixture.task.network.outer = "signs";
    fixture.training.initialization = "sphere";
    const auto run = fixture.start("mean-field-langevin");
    const network::Network<double> before = *run->network();
    CHECK((before.inner.rowwise().norm().array() - 2).abs().maxCoeff() < 1e-14);
    CHECK(before.outer.head(251) == VectorD(VectorD::Constant(251, 1.0 / 501)));
    CHECK(before.outer.tail(250) == VectorD(VectorD::Constant(250, -1.0 / 501)));
    run->advance(1);
    CHECK(run->network()->outer == before.outer);
    network::Workspace<double> workspace(k_width);
    auto gradient = network::Network<double>::zero(k_width, 19);
    network::loss_and_gradient(*fixture.activation, before, fixture.task.inputs,
                               fixture.task.labels, workspace, gradient);
    const MatrixD noise = run->network()->inner - before.inner +
                          k_rate * (k_width * gradient.inner + 0.5 * before.inner);
    // 9519 normals; see above.
    const double variance = 2 * k_rate * 0.1;
    CHECK(noise.squaredNorm() / 9519 == Approx(variance).epsilon(5 * std::sqrt(2.0 / 9519)));
    CHECK(std::abs(noise.mean()) < 5 * std::sqrt(variance / 9519));
  }
}

TEST_CASE(
    "the spherical initialization is uniform on the sphere, and its outer weights are the usual "
    "ones") {
  const auto network = descent::spherical_network(3, 4000, 5, 0.5);
  CHECK((network.inner.rowwise().norm().array() - 0.5).abs().maxCoeff() < 1e-15);
  CHECK(network.outer == descent::gaussian_network(3, 4000, 5, 0.5).outer);
  // E w w^T = r^2 / d I, E w_1^4 = 3 r^4 / (d (d + 2)); five standard errors, of the components' squares
  // r^2 sqrt(2 (d - 1) / (d^2 (d + 2))).
  const MatrixD second = network.inner.transpose() * network.inner / 4000;
  CHECK((second - 0.05 * MatrixD::Identity(5, 5)).cwiseAbs().maxCoeff() <
        5 * 0.25 * std::sqrt(8.0 / 175 / 4000));
  CHECK(network.inner.col(0).array().pow(4).mean() == Approx(3 * 0.0625 / 35).epsilon(0.15));
}
