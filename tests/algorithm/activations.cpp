// SPDX-License-Identifier: MIT
#include <cmath>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/algorithm.hpp"
#include "flatgrid/algorithm/descent/step_size.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/algorithm/teacher.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/network/kernels.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;

namespace {

/// A learning task with any activation, and everything the task refers to.
struct ActivationFixture {
  ActivationFixture(const std::string& name, const std::string& link, std::int64_t seed,
                    Index dimension, Index samples, Index width, double input_scale = 1)
      : problem(test::problem(dimension, 3, link)),
        activation(test::activation(name)),
        target(problem.index_model(seed)),
        data(problem.data_set(target, seed, samples)),
        inputs(input_scale * data.inputs),
        population_loss(problem, *activation, target, seed),
        task{.training = training,
             .activation = *activation,
             .input_law = problem.input_law(),
             .inputs = inputs,
             .labels = data.target,
             .width = width,
             .seed = seed} {}
  ActivationFixture(const ActivationFixture&) = delete;

  [[nodiscard]] double relative_residual(const network::Network<double>& at) const {
    network::Workspace<double> workspace(at.width());
    VectorD outputs;
    network::predict(*activation, at, inputs, workspace, outputs);
    return (outputs - data.target).squaredNorm() / data.target.squaredNorm();
  }

  problem::Problem problem;
  std::unique_ptr<network::Activation<double>> activation;
  problem::IndexModel target;
  problem::DataSet data;
  MatrixD inputs;
  TrainingSettings training;
  measure::PopulationLoss population_loss;
  Task task;
};

test::Ended trained(const ActivationFixture& fixture, std::string_view name) {
  const auto run = start_run(*Choice<Algorithm>(name), fixture.task,
                             {fixture.problem, fixture.target, fixture.population_loss});
  return test::finish(*run);
}

}  // namespace

TEST_CASE(
    "gradient descent reaches the hand-over loss for every activation but quadratic, and the "
    "polish makes it interpolate") {
  // Targets that the activation can represent. `quadratic` is left out: its networks are quadratic
  // forms with d (d + 1) / 2 coefficients, and no link here gives a quadratic form.
  const std::vector<std::pair<std::string, std::string>> cases = {{"relu", "relu"},
                                                                  {"leaky-relu", "leaky-relu"},
                                                                  {"abs", "abs"},
                                                                  {"relu2", "relu2"},
                                                                  {"relu3", "relu3"}};
  for (const auto& [name, link] : cases) {
    for (const double input_scale : {1.0, 100.0}) {
      for (const std::int64_t seed : {1, 2}) {
        CAPTURE(name, input_scale, seed);
        ActivationFixture fixture(name, link, seed, 5, 60, 40, input_scale);
        fixture.training.handover_loss = 1e-4;
        fixture.training.momentum = 0.9;
        const test::Ended state = trained(fixture, "gradient-descent");
        CHECK_FALSE(state.diverged);
        CHECK(state.steps < 20000);
        polish::Polish polish(fixture.task, state.network);
        polish.advance(1000);
        CHECK(fixture.relative_residual(polish.network()) <= 1e-16);
      }
    }
  }
}

TEST_CASE("a quadratic network interpolates as many samples as a quadratic form can") {
  // A quadratic form has d (d + 1) / 2 = 21 coefficients: it fits 15 generic samples, but not 27.
  for (const Index samples : {15, 27}) {
    CAPTURE(samples);
    const ActivationFixture fixture("quadratic", "relu2", 1, 6, samples, 20);
    const test::Ended state = trained(fixture, "lazy");
    polish::Polish polish(fixture.task, state.network);
    polish.advance(1000);
    CHECK(polish.state().interpolates == (samples == 15));
    CHECK(polish.state().stalled == (samples == 27));
  }
}

TEST_CASE("the reference curvature is that of a balanced neuron that fits the labels") {
  // For abs and z^2 on Gaussian inputs the derivation of the reference curvature is exact, except for
  // the sampling error: that of an eighth moment over 40000 samples is a few per cent.
  for (const std::string name : {"abs", "quadratic"}) {
    CAPTURE(name);
    const ActivationFixture gaussian(name, "relu", 1, 2, 40000, 1);
    const network::Network<double> neuron{MatrixD::Constant(1, 2, 0.5),
                                          VectorD::Constant(1, std::sqrt(0.5))};
    network::Workspace<double> workspace(1);
    VectorD labels;
    network::predict(*gaussian.activation, neuron, gaussian.inputs, workspace, labels);
    const Task task{.training = gaussian.training,
                    .activation = *gaussian.activation,
                    .input_law = gaussian.problem.input_law(),
                    .inputs = gaussian.inputs,
                    .labels = labels,
                    .width = 1,
                    .seed = 1};
    VectorD direction = labels;
    CHECK(descent::reference_curvature(task, descent::top_variance(task.inputs)) ==
          Approx(descent::top_tangent_curvature(task, neuron, workspace, 100, direction))
              .epsilon(0.1));
  }
  // If the inputs are c times as large, fits of the same labels have c^{-2k/(k+1)} times the rho^2.
  for (const std::string name : {"relu", "relu2", "relu3"}) {
    CAPTURE(name);
    const ActivationFixture usual(name, "relu", 2, 4, 50, 3);
    const ActivationFixture large(name, "relu", 2, 4, 50, 3, 10.0);
    const double k = usual.activation->degree();
    const auto curvature = [](const Task& task) {
      return descent::reference_curvature(task, descent::top_variance(task.inputs));
    };
    CHECK(curvature(large.task) / curvature(usual.task) == Approx(std::pow(10.0, 2 * k / (k + 1))));
  }
}

TEST_CASE(
    "the teacher is the target if neurons represent its link, with the fewest neurons possible") {
  const std::vector<std::tuple<std::string, std::string, Index>> cases = {
      {"relu", "relu", 3},           {"relu", "abs", 6},        {"relu", "identity", 6},
      {"relu", "leaky-relu", 6},     {"leaky-relu", "relu", 6}, {"leaky-relu", "leaky-relu", 3},
      {"leaky-relu", "identity", 6}, {"abs", "abs", 3},         {"relu2", "relu2", 3},
      {"relu3", "relu3", 3}};
  for (const auto& [name, link, neurons] : cases) {
    CAPTURE(name, link);
    const ActivationFixture fixture(name, link, 3, 5, 40, 7);
    const auto representation = represent_target(fixture.problem, *fixture.activation);
    REQUIRE(representation);
    CHECK(teacher_width(*representation, 3) == neurons);
    const test::Ended state = trained(fixture, "teacher");
    CHECK(fixture.relative_residual(state.network) < 1e-29);
    CHECK(state.network.outer.tail(7 - neurons).isZero());
    CHECK((state.network.outer.head(neurons).array() != 0).all());
  }
}

TEST_CASE("there is no teacher for links that neurons cannot represent") {
  for (const auto& [name, link] :
       std::vector<std::pair<std::string, std::string>>{{"relu", "tanh"},
                                                        {"relu", "sign"},
                                                        {"relu", "relu2"},
                                                        {"abs", "relu"},
                                                        {"abs", "identity"},
                                                        {"quadratic", "hermite2"},
                                                        {"relu3", "hermite3"}}) {
    CAPTURE(name, link);
    const ActivationFixture fixture(name, link, 3, 5, 4, 7);
    CHECK_FALSE(represent_target(fixture.problem, *fixture.activation));
    CHECK_THROWS_AS(trained(fixture, "teacher"), Error);
  }
  problem::ProblemSettings product = test::problem(5, 1);
  product.target = "product";
  CHECK_FALSE(represent_target(problem::Problem(product), *test::activation("relu")));
}
