// SPDX-License-Identifier: MIT
// network.bias = frozen: what keeps the biases, and what is measured with them.
#include "flatgrid/algorithm/frozen_biases.hpp"

#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"
#include "flatgrid/algorithm/polish/polish.hpp"
#include "flatgrid/network/reference.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;

namespace {

struct FrozenFixture {
  explicit FrozenFixture(const std::string& activation_name = "relu", double noise = 0.2)
      : problem(test::problem(4, 2), nullptr, true),
        target(problem.index_model(1)),
        data(problem.data_set(target, 1, 30)),
        labels(data.target + noise * data.noise),
        activation(test::activation(activation_name)),
        population_loss(problem, *activation, target, 1),
        task{.training = training,
             .activation = *activation,
             .input_law = problem.network_input_law(),
             .inputs = data.inputs,
             .labels = labels,
             .width = 40,
             .seed = 1,
             .network = {.bias = "frozen", .bias_scale = 0.7}},
        truth{.problem = problem, .target = target, .population_loss = population_loss} {}
  FrozenFixture(const FrozenFixture&) = delete;

  problem::Problem problem;
  problem::IndexModel target;
  problem::DataSet data;
  VectorD labels;
  std::unique_ptr<network::Activation<double>> activation;
  TrainingSettings training;
  measure::PopulationLoss population_loss;
  Task task;
  Truth truth;
};

}  // namespace

TEST_CASE("frozen biases are normal, and the first ones of a wider network are the same") {
  FrozenFixture fixture;
  const VectorD biases = frozen_biases(fixture.task);
  Task wide{.training = fixture.training,
            .activation = *fixture.activation,
            .input_law = fixture.task.input_law,
            .inputs = fixture.task.inputs,
            .labels = fixture.task.labels,
            .width = 20'000,
            .seed = 1,
            .network = {.bias = "frozen", .bias_scale = 0.7}};
  const VectorD more = frozen_biases(wide);
  CHECK(more.head(40) == biases);
  // Standard errors of mean and variance: 1 / sqrt N and sqrt(2 / N) of 0.7 and 0.49.
  CHECK(std::abs(more.mean()) < 4 * 0.7 / std::sqrt(20'000.0));
  CHECK(std::abs(more.squaredNorm() / 20'000 / 0.49 - 1) < 4 * std::sqrt(2 / 20'000.0));
}

TEST_CASE("no algorithm changes frozen biases, and the polish interpolates with them") {
  for (const std::string name :
       {"gradient-flow", "gradient-descent", "sgd", "adam", "label-noise-sgd", "sam",
        "mean-field-langevin", "lazy", "corrupted", "random-features"}) {
    for (const std::int64_t batch : {1, 8}) {
      CAPTURE(name, batch);
      FrozenFixture fixture;
      fixture.training.steps = 20'000;
      fixture.training.batch = batch;
      fixture.training.weight_decay = name == "sgd" || name == "gradient-flow" ? 1e-4 : 0;
      const auto run = start_run(*Choice<Algorithm>(name), fixture.task, fixture.truth);
      const test::Ended ended = test::finish(*run);
      CHECK(!ended.diverged);
      VectorD biases = frozen_biases(fixture.task);
      if (name == "lazy") {
        // A pair of neurons of opposite outer weights has one bias.
        for (Index j = 0; j + 1 < biases.size(); j += 2) biases(j + 1) = biases(j);
      }
      CHECK(ended.network.inner.col(4) == biases);
      CHECK(ended.network.inner.leftCols(4).norm() > 0);
      const Task* const polish_task = run->polish_task();
      if (polish_task == nullptr) continue;
      polish::Polish polish(*polish_task, ended.network);
      polish.advance(1000);
      CHECK(polish.state().interpolates);
      CHECK(polish.network().inner.col(4) == biases);
    }
  }
}

TEST_CASE("the trace with frozen biases is that of second differences of the loss in a and w") {
  for (const std::string activation : {"relu", "relu2", "quadratic"}) {
    CAPTURE(activation);
    FrozenFixture fixture(activation);
    network::Network<double> network =
        with_frozen_biases(fixture.task, descent::gaussian_network(2, 40, 4, 1.0));
    const auto loss = [&] {
      return network::reference::train_loss(*fixture.activation, network, fixture.task.inputs,
                                            fixture.task.labels);
    };
    const double here = loss();
    // Rounding: 1e-16 / h^2 of the loss for each of the 200 parameters.
    const double h = 1e-4;
    double trace = 0;
    const auto add = [&](double& parameter) {
      const double saved = parameter;
      parameter = saved + h;
      trace += loss() / (h * h);
      parameter = saved - h;
      trace += loss() / (h * h);
      trace -= 2 * here / (h * h);
      parameter = saved;
    };
    for (Index j = 0; j < 40; ++j) {
      add(network.outer(j));
      for (Index k = 0; k < 4; ++k) add(network.inner(j, k));
    }
    network::Workspace<double> workspace(40);
    VectorD residual;
    network::predict(*fixture.activation, network, fixture.task.inputs, workspace, residual);
    residual -= fixture.task.labels;
    const measure::NeuronTraces traces =
        measure::neuron_traces(*fixture.activation, network, fixture.task.inputs, true);
    const double part = measure::flatness_residual_part(*fixture.activation, network,
                                                        fixture.task.inputs, residual, true);
    CHECK(measure::flatness_trace(traces) + part == Approx(trace).epsilon(2e-3));
    // No rescaling: the orbit is one point.
    CHECK(measure::flatness_orbit_min(traces, fixture.activation->degree()) ==
          Approx(measure::flatness_trace(traces)).epsilon(1e-14));
  }
}

TEST_CASE("the flow with frozen biases follows the gradient of the free parameters") {
  // At rest with weight decay: grad L + lambda theta = 0 in a and W, whatever it is in b.
  FrozenFixture fixture("quadratic", 0);
  fixture.training.steps = 200'000;
  fixture.training.weight_decay = 1e-3;
  fixture.training.polish = false;
  fixture.training.flow_tolerance = 1e-4;
  const auto run = start_run(*Choice<Algorithm>("gradient-flow"), fixture.task, fixture.truth);
  const network::Network<double> network = test::finish(*run).network;
  network::Workspace<double> workspace(40);
  network::Network<double> gradient = network;
  network::loss_and_gradient(*fixture.activation, network, fixture.task.inputs, fixture.task.labels,
                             workspace, gradient);
  gradient.inner += 1e-3 * network.inner;
  gradient.outer += 1e-3 * network.outer;
  const double size = 1e-3 * std::hypot(network.inner.leftCols(4).norm(), network.outer.norm());
  CHECK(std::hypot(gradient.inner.leftCols(4).norm(), gradient.outer.norm()) < 0.01 * size);
  CHECK(gradient.inner.col(4).norm() > 0.01 * size);
}
