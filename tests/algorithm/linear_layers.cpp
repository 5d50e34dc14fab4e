// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/descent/initialization.hpp"
#include "flatgrid/algorithm/descent/step_size.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;
using Fixture = test::TaskFixture;

namespace {

/// A task for networks with linear layers from a start that is not small, so that training is short.
void add_layers(Fixture& fixture, const std::vector<Index>& hidden) {
  fixture.task.network.layers = std::ssize(hidden) + 2;
  fixture.task.network.hidden = {hidden.begin(), hidden.end()};
  fixture.training.initial_scale = 0.7;
  fixture.training.steps = 40000;
}

const std::vector<std::string> k_algorithms = {
    "gradient-flow", "gradient-descent", "sgd", "adam", "label-noise-sgd", "sam", "corrupted"};

}  // namespace

TEST_CASE("the gradient flow conserves the balance of neighbouring layers") {
  // d/dt (V_{l+1}^T V_{l+1} - V_l V_l^T) = 0, for neurons a_j^2 - |w_j|^2 (Du, Hu, Lee 2018).
  Fixture fixture(2, 4, 20, 12, 0.1);
  add_layers(fixture, {4, 5});
  fixture.training.flow_tolerance = 1e-6;
  fixture.training.handover_loss = 1e-2;
  const auto run = fixture.start("gradient-flow");
  const network::Network<double> start = *run->network();
  const network::Network<double> end = test::finish(*run).network;
  REQUIRE(test::distance(start, end) > 0.1);
  const auto balances = [](const network::Network<double>& n) {
    return std::vector<MatrixD>{
        n.linear[1].transpose() * n.linear[1] - n.linear[0] * n.linear[0].transpose(),
        n.inner.transpose() * n.inner - n.linear[1] * n.linear[1].transpose(),
        n.outer.cwiseAbs2() - n.inner.rowwise().squaredNorm()};
  };
  const std::vector<MatrixD> before = balances(start);
  const std::vector<MatrixD> after = balances(end);
  // The error of a step is 1e-6 of each layer; kinks add to it.
  for (std::size_t l = 0; l < before.size(); ++l)
    CHECK((before[l] - after[l]).norm() < 1e-3 * before[l].norm());
}

TEST_CASE("with linear layers training and polish end at an interpolator") {
  for (const std::vector<Index>& hidden : std::vector<std::vector<Index>>{{4}, {6, 5}}) {
    for (const std::string& name : k_algorithms) {
      if (name == "corrupted") continue;  // twice as many samples, half of them random
      Fixture fixture(4, 4, 10, 24, 0.2);
      add_layers(fixture, hidden);
      CAPTURE(name, hidden);
      const auto run = fixture.start(name);
      const network::Network<double> trained = test::finish(*run).network;
      REQUIRE(run->polish_task() != nullptr);
      REQUIRE(trained.linear.size() == hidden.size());
      polish::Polish polish(*run->polish_task(), trained);
      polish.advance(300);
      CHECK(polish.state().interpolates);
      CHECK(fixture.relative_residual(polish.network()) <= 1e-16);
      CHECK(fixture.relative_residual(trained) <= 1e-8);
      // The polish changes little.
      CHECK(test::distance(polish.network(), trained) < 0.01 * network::norm(trained));
    }
  }
}

TEST_CASE("with linear layers a run that is saved and loaded at every pause takes the same steps") {
  for (const std::string& name : k_algorithms) {
    Fixture fixture(3, 4, 16, 10, 0.2);
    add_layers(fixture, {3, 5});
    fixture.training.steps = 600;
    CAPTURE(name);
    const test::Ended whole = fixture.run(name);
    std::string saved = fixture.start(name)->save();
    while (true) {
      const auto run = fixture.start(name);
      run->load(saved);
      if (run->finished()) {
        CHECK(test::distance(*run->network(), whole.network) == 0);
        break;
      }
      run->advance(37);
      saved = run->save();
    }
  }
}

TEST_CASE("the curvature of a batch of one is the largest squared gradient, over all layers") {
  Fixture fixture(3, 4, 16, 10, 0.2);
  add_layers(fixture, {3, 5});
  fixture.training.initial_scale = 3;  // well above the curvature at the smallest fit
  const network::Network<double> network = *fixture.start("sgd")->network();
  network::Workspace<double> workspace(10);
  double largest = 0;
  for (Index i = 0; i < 16; ++i) {
    network::Network<double> gradient = network;
    network::jacobian_transpose_times(fixture.task.activation, network, fixture.task.inputs,
                                      VectorD(VectorD::Unit(16, i)), workspace, gradient);
    largest = std::max(largest, std::pow(network::norm(gradient), 2));
  }
  VectorD direction = VectorD::Ones(16);
  const descent::BatchCurvature curvature(fixture.task, {16, 1}, 0);
  CHECK(curvature(network, workspace, 3, direction) == Approx(largest).epsilon(1e-12));
}

TEST_CASE("the reference curvature with linear layers is that of a balanced chain that fits") {
  // One input direction of variance s^2: all layers rho along it, f = rho^L s at the sample.
  Fixture fixture(3, 1, 1, 1, 0.2);
  fixture.task.network.layers = 4;
  fixture.task.network.hidden = {1, 1};
  const double x = std::abs(fixture.task.inputs(0, 0));
  const double y = std::abs(fixture.task.labels(0));
  const double rho = std::pow(y / x, 0.25);
  network::Network<double> chain{MatrixD::Constant(1, 1, rho), VectorD::Constant(1, rho),
                                 std::vector<MatrixD>(2, MatrixD::Constant(1, 1, rho))};
  if (fixture.task.inputs(0, 0) < 0) chain.linear[0] *= -1;
  network::Workspace<double> workspace(1);
  VectorD direction = VectorD::Ones(1);
  CHECK(descent::reference_curvature(fixture.task, x * x) ==
        Approx(descent::top_tangent_curvature(fixture.task, chain, workspace, 1, direction)));
}

TEST_CASE("initial linear layers have the law of their fan-in, and rows of their own streams") {
  const std::vector<Index> hidden = {300, 200};
  const auto normal = descent::initial_layers(7, 50, hidden, 2, false);
  const auto uniform = descent::initial_layers(7, 50, hidden, 2, true);
  for (std::size_t l = 0; l < 2; ++l) {
    const double inputs = l == 0 ? 50 : 300;
    // 15000 and more draws: a standard error of 0.012 of the variance.
    CHECK(normal[l].squaredNorm() / static_cast<double>(normal[l].size()) ==
          Approx(4 / inputs).epsilon(0.05));
    CHECK(uniform[l].squaredNorm() / static_cast<double>(uniform[l].size()) ==
          Approx(4 / inputs / 3).epsilon(0.05));
    CHECK(uniform[l].cwiseAbs().maxCoeff() <= 2 / std::sqrt(inputs));
  }
  const std::vector<Index> fewer = {10};
  CHECK(descent::initial_layers(7, 50, fewer, 2, false)[0] == normal[0].topRows(10));

  const auto network = descent::uniform_network(7, 400, 30, 1);
  CHECK(network.inner.cwiseAbs().maxCoeff() <= 1 / std::sqrt(30.0));
  CHECK(network.inner.cwiseAbs().maxCoeff() > 0.99 / std::sqrt(30.0));
  CHECK(network.outer.cwiseAbs().maxCoeff() <= 1 / std::sqrt(400.0));
  CHECK(network.inner.squaredNorm() / (400 * 30) == Approx(1.0 / 90).epsilon(0.05));
}
