// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "flatgrid/algorithm/algorithm.hpp"
#include "support.hpp"

using namespace flatgrid;
using namespace flatgrid::algorithm;

namespace {

/// The population loss at the end of `approximation`, relative to the target's second moment.
double approximation_error(const std::string& link, const std::string& activation, Index width) {
  const problem::Problem problem(test::problem(5, 2, link));
  const auto sigma = test::activation(activation);
  const problem::IndexModel target = problem.index_model(1);
  const problem::DataSet data = problem.data_set(target, 1, 10);
  const measure::PopulationLoss population_loss(problem, *sigma, target, 1);
  const TrainingSettings training;
  const Task task{.training = training,
                  .activation = *sigma,
                  .input_law = problem.input_law(),
                  .inputs = data.inputs,
                  .labels = data.target,
                  .width = width,
                  .seed = 1};
  const auto run =
      start_run(*Choice<Algorithm>("approximation"), task, {problem, target, population_loss});
  while (!run->finished()) run->advance(1000);
  return population_loss(*run->network()).value / population_loss.target_second_moment();
}

}  // namespace

TEST_CASE("the approximation error of a representable target is 0") {
  CHECK(approximation_error("relu", "relu", 8) < 1e-8);
  CHECK(approximation_error("identity", "relu", 8) < 1e-8);
  CHECK(approximation_error("relu2", "relu2", 8) < 1e-8);
}

TEST_CASE(
    "approximation error: homogeneous networks cannot approximate a constant for Gaussian inputs") {
  // sign(z) has E|sign|^2 = 1 per index. A network that is homogeneous of degree 1 has at least the error of
  // the best F(x) = ||x|| phi(x/||x||) with any function phi. R = ||x|| is independent of the direction, so the
  // minimum of E (sign(z) - R phi)^2 is 1 - (E R)^2 / E R^2.
  const double mean = std::sqrt(2.0) * std::tgamma(3.0) / std::tgamma(2.5);
  const double floor = 1 - mean * mean / 5;
  const double error = approximation_error("sign", "relu", 40);
  CHECK(error > floor);
  // Two neurons per index can represent sqrt(2/pi) z, which has the error 1 - 2/pi. The descent ends when
  // its recent steps have reduced the loss by less than a hundredth.
  CHECK(error < 1.01 * (1 - 2 / std::numbers::pi));
}

TEST_CASE("the approximation error falls with width") {
  const double narrow = approximation_error("relu", "relu2", 4);
  const double wide = approximation_error("relu", "relu2", 40);
  CHECK(wide < narrow);
}
