// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/curved.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "algorithm/flattest/examples.hpp"
#include "flatgrid/algorithm/descent/penalty.hpp"
#include "flatgrid/measure/flatness.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;
using Fixture = test::TaskFixture;

namespace {

double flatness(const Fixture& fixture, const network::Network<double>& network) {
  return measure::flatness_orbit_min(
      measure::neuron_traces(*fixture.activation, network, fixture.task.inputs),
      fixture.activation->degree());
}

}  // namespace

TEST_CASE(
    "degree k > 1: flattest interpolates, at or slightly above its bound and below the penalty "
    "method",
    "[slow]") {
  const std::string name = GENERATE("relu2", "relu3", "quadratic");
  const double noise = GENERATE(0.0, 0.3);
  CAPTURE(name, noise);
  Fixture fixture(1, 4, 10, 20, noise, name);
  fixture.training.steps = 3000;
  const auto run = fixture.start("flattest");
  const network::Network<double> network = test::finish(*run).network;
  CHECK(run->obstacle().empty());
  CHECK(fixture.relative_residual(network) <= 1e-16);
  const algorithm::LowerBound bound = run->flatness_bound().value();
  const double found = flatness(fixture, network);
  CHECK(bound.kind == algorithm::BoundKind::estimated);
  CHECK(bound.value <= found);
  CHECK(bound.gap == Approx(found / bound.value - 1).margin(1e-12));
  CHECK(bound.gap <= 0.1);
  CHECK(measure::flatness_trace(measure::neuron_traces(
            *fixture.activation, network, fixture.task.inputs)) == Approx(found).epsilon(1e-12));
  const network::Network<double> penalty =
      test::finish(*descent::start_penalty(fixture.task)).network;
  if (fixture.relative_residual(penalty) <= 1e-16) CHECK(found <= flatness(fixture, penalty));
}

TEST_CASE("degree k > 1: flattest approaches the bound with growing width", "[slow]") {
  for (const Index width : {9, 17, 129}) {
    Fixture fixture(2, 3, 8, width, 0.1, "relu2");
    fixture.training.steps = 100;
    const auto run = fixture.start("flattest");
    REQUIRE(fixture.relative_residual(test::finish(*run).network) <= 1e-16);
    const double gap = run->flatness_bound()->gap;
    CAPTURE(width, gap);
    CHECK(gap >= 0);
    CHECK(gap <= 2.0 / static_cast<double>(width));
  }
}

TEST_CASE("degree k > 1: an interrupted search continues to the same bits") {
  Fixture fixture(3, 3, 9, 10, 0.1, "relu2");
  fixture.training.steps = 300;
  fixture.training.flattest.rounds = 8;
  fixture.training.flattest.starts = 10;
  const auto whole = fixture.start("flattest");
  test::finish(*whole);
  auto cut = fixture.start("flattest");
  while (!cut->finished()) {
    cut->advance(37);
    const std::string bytes = cut->save();
    cut = fixture.start("flattest");
    cut->load(bytes);
  }
  CHECK(cut->network()->inner == whole->network()->inner);
  CHECK(cut->network()->outer == whole->network()->outer);
  CHECK(cut->steps() == whole->steps());
  CHECK(cut->flatness_bound()->value == whole->flatness_bound()->value);
}

TEST_CASE("degree k > 1: degenerate data are solved, or the error gives the reason in one line",
          "[slow]") {
  Fixture fixture(4, 3, 8, 10, 0.2, "relu2");
  fixture.training.steps = 300;
  MatrixD inputs = fixture.task.inputs;
  VectorD labels = fixture.task.labels;
  Index width = 10;
  const auto solve = [&](const std::string& activation_name = "relu2") {
    const auto activation = test::activation(activation_name);
    const algorithm::Task task{.training = fixture.training,
                               .activation = *activation,
                               .input_law = nullptr,
                               .inputs = inputs,
                               .labels = labels,
                               .width = width,
                               .seed = 1};
    const auto run = start_curved(task);
    test::finish(*run);
    network::Workspace<double> workspace(width);
    VectorD outputs;
    network::predict(*activation, *run->network(), inputs, workspace, outputs);
    const double misfit = (outputs - labels).squaredNorm();
    const bool interpolates = misfit <= 1e-16 * labels.squaredNorm();
    CHECK(interpolates == (run->flatness_bound()->gap >= 0));
    return std::pair{interpolates, run->obstacle()};
  };
  SECTION("all labels 0") {
    labels.setZero();
    CHECK(solve().first);
  }
  SECTION("a sample twice") {
    inputs.col(3) = inputs.col(2);
    labels(3) = labels(2);
    CHECK(solve().first);
    labels(3) += 1;
    const auto [interpolates, obstacle] = solve();
    CHECK_FALSE(interpolates);
    CHECK(obstacle.find("span") != std::string::npos);
  }
  SECTION("zero samples") {
    inputs.col(3).setZero();
    labels(3) = 0;
    CHECK(solve().first);
    labels(3) = 1;
    CHECK_FALSE(solve().second.empty());
  }
  SECTION("opposite samples, in a half-space, on a line") {
    inputs.rightCols(4) = -inputs.leftCols(4);
    CHECK(solve().first);
    inputs.row(0) = inputs.row(0).cwiseAbs();
    CHECK(solve().first);
    inputs.bottomRows(2).setZero();
    CHECK_FALSE(solve().second.empty());
  }
  SECTION("fewer samples than dimensions") {
    inputs = test::normal_inputs(5, 12, 8);
    CHECK(solve().first);
    CHECK(solve("relu3").first);
  }
  SECTION("one neuron") {
    width = 1;
    const auto [interpolates, obstacle] = solve();
    CHECK_FALSE(interpolates);
    CHECK(obstacle.find("a width of 1") != std::string::npos);
  }
  SECTION("quadratic forms") {
    CHECK_FALSE(solve("quadratic").second.empty());
    inputs = MatrixD(inputs.leftCols(6));
    labels = VectorD(labels.head(6));
    CHECK(solve("quadratic").first);
  }
}
