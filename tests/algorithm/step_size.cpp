// SPDX-License-Identifier: MIT
// Descent with the automatic step size does not diverge: an unstable step size is reduced, deterministically.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "algorithm/fixture.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;

namespace {

/// A task with any law of the inputs.
struct DescentFixture {
  DescentFixture(std::int64_t seed, Index dimension, Index samples, Index width,
                 const std::string& name, const std::string& link, const std::string& inputs)
      : problem(with_inputs(dimension, link, inputs)),
        activation(test::activation(name)),
        target(problem.index_model(seed)),
        data(problem.data_set(target, seed, samples)),
        population_loss(problem, *activation, target, seed),
        task{.training = training,
             .activation = *activation,
             .input_law = problem.input_law(),
             .inputs = data.inputs,
             .labels = data.target,
             .width = width,
             .seed = seed} {}
  DescentFixture(const DescentFixture&) = delete;

  static problem::ProblemSettings with_inputs(Index dimension, const std::string& link,
                                              const std::string& inputs) {
    problem::ProblemSettings settings = test::problem(dimension, 3, link);
    settings.inputs = inputs;
    settings.test_samples = 100;  // the test does not use the population loss
    return settings;
  }
  [[nodiscard]] std::unique_ptr<Run> start(std::string_view algorithm) const {
    return start_run(*Choice<Algorithm>(algorithm), task, {problem, target, population_loss});
  }

  problem::Problem problem;
  std::unique_ptr<network::Activation<double>> activation;
  problem::IndexModel target;
  problem::DataSet data;
  TrainingSettings training;
  measure::PopulationLoss population_loss;
  Task task;
};

const std::vector<std::string> k_descents = {"gradient-descent", "sgd", "label-noise-sgd", "sam",
                                             "corrupted"};

bool is_finite(const network::Network<double>& network) {
  return network.inner.allFinite() && network.outer.allFinite();
}

}  // namespace

TEST_CASE("a step above the stability threshold is reduced until the loss falls") {
  for (const std::string& algorithm : k_descents) {
    CAPTURE(algorithm);
    DescentFixture fixture(1, 5, 40, 20, "relu3", "hermite3", "gaussian");
    fixture.training.steps = 3000;
    fixture.training.stability_fraction = 2;  // twice the stability threshold
    const test::Ended ended = test::finish(*fixture.start(algorithm));
    CHECK_FALSE(ended.diverged);
    CHECK(is_finite(ended.network));
    // Steps that were undone count too.
    CHECK(ended.steps <= 3000);
  }
}

TEST_CASE("going back to a smaller step does not depend on interruptions or saved states") {
  for (const std::string& algorithm : k_descents) {
    CAPTURE(algorithm);
    DescentFixture fixture(2, 5, 40, 20, "relu3", "hermite3", "gaussian");
    fixture.training.steps = 700;
    fixture.training.stability_fraction = 2;
    const test::Ended whole =
        test::finish(*fixture.start(algorithm), std::numeric_limits<std::int64_t>::max());
    std::string saved = fixture.start(algorithm)->save();
    for (;;) {
      const auto run = fixture.start(algorithm);
      run->load(saved);
      run->advance(37);
      saved = run->save();
      if (!run->finished()) continue;
      CHECK(run->steps() == whole.steps);
      CHECK(run->network()->inner == whole.network.inner);
      CHECK(run->network()->outer == whole.network.outer);
      break;
    }
  }
}

TEST_CASE("a learning rate set by the user is never reduced") {
  DescentFixture fixture(1, 5, 40, 20, "relu3", "hermite3", "gaussian");
  fixture.training.learning_rate = 10;
  CHECK(test::finish(*fixture.start("gradient-descent")).diverged);
}

TEST_CASE("no descent diverges, for every activation, link and three input laws", "[slow]") {
  std::vector<std::string> algorithms = k_descents;
  algorithms.insert(algorithms.end(), {"gradient-flow", "lazy"});
  int runs = 0;
  for (const std::string_view activation : names_of<network::ActivationKind>()) {
    for (const std::string_view link : names_of<problem::LinkKind>()) {
      for (const std::string inputs : {"gaussian", "student-t", "mixture"}) {
        for (const auto& [samples, width] : {std::pair<Index, Index>{40, 30}, {120, 60}}) {
          DescentFixture fixture(runs % 3, 8, samples, width, std::string(activation),
                                 std::string(link), inputs);
          fixture.training.steps = 800;
          for (const std::string& algorithm : algorithms) {
            const test::Ended ended = test::finish(*fixture.start(algorithm));
            ++runs;
            if (!ended.diverged && is_finite(ended.network)) continue;
            CAPTURE(activation, link, inputs, samples, algorithm);
            CHECK_FALSE(ended.diverged);
            CHECK(is_finite(ended.network));
          }
        }
      }
    }
  }
  CHECK(runs == 6 * 12 * 3 * 2 * 7);
}
