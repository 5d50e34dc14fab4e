// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/descent/step_size.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/network/kernels.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;
using test::distance;

TEST_CASE("an unknown algorithm is refused") { CHECK_THROWS_AS(Choice<Algorithm>("magic"), Error); }

TEST_CASE("the teacher fits noise-free labels to rounding") {
  const Fixture fixture(1, 8, 60, 12, 0.0);
  const network::Network<double> network = fixture.run("teacher").network;
  CHECK(fixture.relative_residual(network) < 1e-30);
  CHECK(network.outer.tail(9).isZero());
}

TEST_CASE(
    "random features: the fit of minimum norm if it interpolates, otherwise of least squares") {
  const Fixture wide(2, 6, 40, 90, 0.5);
  network::Network<double> network = wide.run("random-features").network;
  CHECK(wide.relative_residual(network) < 1e-24);
  // Minimum norm: a lies in the row space of Phi, so it has no part in the kernel of Phi.
  MatrixD value, derivative;
  network::activations(*wide.activation, network, wide.task.inputs, value, derivative);
  const VectorD projection = value * LeastSquares(value).solve(network.outer);
  CHECK((projection - network.outer).norm() < 1e-9 * network.outer.norm());

  const Fixture narrow(2, 6, 40, 20, 0.5);
  network = narrow.run("random-features").network;
  network::activations(*narrow.activation, network, narrow.task.inputs, value, derivative);
  // Normal equations: Phi^T (Phi a - y) = 0.
  const VectorD residual = value.transpose() * network.outer - narrow.task.labels;
  CHECK(residual.norm() > 1e-3);
  CHECK((value * residual).cwiseAbs().maxCoeff() < 1e-10);
}

TEST_CASE("the lazy initialization is centred: every output is 0") {
  for (const Index width : {10, 11}) {
    const Fixture fixture(3, 5, 20, width, 0.0);
    const auto run = fixture.start("lazy");
    network::Workspace<double> workspace(width);
    VectorD outputs;
    network::predict(*fixture.activation, *run->network(), fixture.task.inputs, workspace, outputs);
    CHECK(outputs.cwiseAbs().maxCoeff() < 1e-13);
  }
}

TEST_CASE("an interrupted run takes exactly the steps of an uninterrupted one") {
  for (const std::string_view name :
       {"gradient-descent", "sgd", "label-noise-sgd", "sam", "lazy"}) {
    CAPTURE(name);
    Fixture fixture(4, 5, 60, 40, 0.2);
    fixture.training.steps = 2000;
    const test::Ended whole = fixture.run(name, std::numeric_limits<std::int64_t>::max());
    const test::Ended pieces = fixture.run(name, 7);
    CHECK(whole.steps == pieces.steps);
    CHECK(whole.network.inner == pieces.network.inner);
    CHECK(whole.network.outer == pieces.network.outer);
  }
}

TEST_CASE("training ends at the hand-over loss, at the step limit, or as diverged") {
  Fixture fixture(5, 5, 60, 40, 0.0);
  fixture.training.handover_loss = 1e-5;
  CHECK(fixture.relative_residual(fixture.run("gradient-descent", 100).network) <= 1e-5);
  fixture.training.steps = 13;
  CHECK(fixture.run("gradient-descent", 5).steps == 13);
  fixture.training.steps = 100000;
  fixture.training.learning_rate = 1e6;
  CHECK(fixture.run("gradient-descent", 5).diverged);
}

TEST_CASE("the power iteration finds the top eigenvalue of the tangent kernel") {
  const Fixture fixture(6, 5, 30, 20, 0.0);
  MatrixD value, derivative, kernel;
  network::activations(*fixture.activation, fixture.example.network, fixture.task.inputs, value,
                       derivative);
  const MatrixD gram = fixture.task.inputs.transpose() * fixture.task.inputs;
  derivative = fixture.example.network.outer.asDiagonal() * derivative;
  network::tangent_kernel(value, derivative, gram, kernel);
  const double largest = symmetric_eigenvalues(kernel).maxCoeff();
  VectorD direction = VectorD::Ones(30);
  network::Workspace<double> workspace(20);
  const double estimate = descent::top_tangent_curvature(fixture.task, fixture.example.network,
                                                         workspace, 200, direction);
  CHECK(estimate == Approx(largest / 30).epsilon(1e-9));
}

TEST_CASE("the polish reaches the tolerance from rich and lazy points, with noise and without") {
  for (const double noise : {0.0, 0.2}) {
    for (const std::string_view name : {"gradient-descent", "lazy"}) {
      for (const std::int64_t seed : {1, 2}) {
        CAPTURE(noise, name, seed);
        const Fixture fixture(seed, 8, 60, 60, noise);
        const test::Ended trained = fixture.run(name, 1000000);
        polish::Polish polish(fixture.task, trained.network);
        polish.advance(1000);
        CHECK(polish.state().interpolates);
        const network::Network<double> polished = polish.network();
        CHECK(fixture.relative_residual(polished) <= 1e-16);
        // The polish moves the parameters little, because it removes a residual of a hundredth of the labels.
        CHECK(distance(polished, trained.network) <
              0.5 * std::sqrt(trained.network.inner.squaredNorm() +
                              trained.network.outer.squaredNorm()));
      }
    }
  }
}

TEST_CASE(
    "descent in single precision ends where descent in double precision ends, before and after the "
    "polish") {
  Fixture fixture(1, 8, 60, 60, 0.2);
  const test::Ended in_double = fixture.run("gradient-descent", 1000000);
  fixture.training.precision = "float";
  const test::Ended in_float = fixture.run("gradient-descent", 1000000);
  const double size = distance(in_double.network, network::Network<double>::zero(60, 8));
  // Gradients have relative differences of about 1e-6, and a long descent amplifies them: to less than
  // 1e-3 of the network's size on one processor, 5e-3 on another. The distance to another minimum would be about
  // the network's size.
  CHECK(distance(in_float.network, in_double.network) < 0.05 * size);
  CHECK(distance(in_float.network, in_double.network) > 0);
  CHECK(fixture.relative_residual(in_float.network) <= 1.1 * fixture.training.handover_loss);
  polish::Polish polish(fixture.task, in_float.network);
  polish.advance(1000);
  CHECK(polish.state().interpolates);
}

TEST_CASE("the polish keeps a network that already interpolates, up to rounding") {
  const Fixture fixture(7, 8, 50, 12, 0.0);
  const network::Network<double> teacher = fixture.run("teacher").network;
  const polish::Polish polish(fixture.task, teacher);
  CHECK(polish.state().interpolates);
  CHECK(polish.state().iterations == 0);
  CHECK(distance(polish.network(), teacher) < 1e-14);
}

TEST_CASE("the polish reports that it cannot interpolate") {
  // With two neurons and sixty noisy labels there are more equations than parameters.
  const Fixture fixture(8, 5, 60, 2, 0.5);
  polish::Polish polish(fixture.task, fixture.example.network);
  polish.advance(100000);
  CHECK(polish.state().stalled);
  CHECK_FALSE(polish.state().interpolates);
}
