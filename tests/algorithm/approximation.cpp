// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch2/catch.hpp>

#include "flatgrid/algorithm/algorithm.hpp"
#include "support.hpp"

using namespace flatgrid;

namespace {

/// The population loss `approximation` ends at, relative to the target's second moment.
double approximation_error(const std::string& link, const std::string& activation, Index width) {
  ProblemSettings problem = test::problem(5, 2);
  problem.link = link;
  const NetworkSettings settings{.activation = activation};
  const auto sigma = make_activation<double>(settings);
  const IndexModel target = draw_index_model(problem, 1);
  const DataSet data = draw_data_set(problem, target, 1, 10);
  const PopulationLoss population_loss(problem, settings, target, 1);
  const TrainingSettings training;
  const Task task{training, *sigma, target,          data.inputs, data.target,
                  width,    1,      population_loss, problem};
  AlgorithmState state;
  const Algorithm& algorithm = find_algorithm("approximation");
  algorithm.start(task, state);
  while (!state.finished) algorithm.advance(task, state, 1000);
  CHECK(state.loss == Approx(population_loss(state.network).value).margin(1e-12));
  return state.loss / population_loss.target_second_moment();
}

}  // namespace

TEST_CASE("the approximation error of a representable target is none") {
  CHECK(approximation_error("relu", "relu", 8) < 1e-8);
  CHECK(approximation_error("identity", "relu", 8) < 1e-8);
  CHECK(approximation_error("relu2", "relu2", 8) < 1e-8);
}

TEST_CASE("approximation error: a constant is out of reach for what is homogeneous in Gaussian x") {
  // sign(z) has E|sign|^2 = 1 per index. A network homogeneous of degree 1 cannot do better than
  // the best F(x) = ||x|| phi(x/||x||): with phi free, E (sign(z) - R phi)^2 with R = ||x||
  // independent of the direction leaves 1 - (E R)^2 / E R^2.
  const double mean = std::sqrt(2.0) * std::tgamma(3.0) / std::tgamma(2.5);
  const double floor = 1 - mean * mean / 5;
  const double error = approximation_error("sign", "relu", 40);
  CHECK(error > floor);
  CHECK(error < 0.4);
}

TEST_CASE("approximation error falls with width") {
  const double narrow = approximation_error("relu", "relu2", 4);
  const double wide = approximation_error("relu", "relu2", 40);
  CHECK(wide < narrow);
}
